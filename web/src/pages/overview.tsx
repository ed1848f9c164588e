import { Link } from "react-router";
import { api, useLoaded, type Schemas } from "../api/client";
import { Await, counted, Counts, Mark, share } from "../parts";

export function Overview() {
  const overview = useLoaded("overview", () => api.GET("/api/v1/overview"));
  return <Await of={overview}>{(o) => (o.scan ? <Posture o={o} /> : <Nothing />)}</Await>;
}

function Nothing() {
  return (
    <section className="panel">
      <h2>No scan yet</h2>
      <p>Name a directory under <Link to="/watching">Watching</Link> and scan it, or run <code>aispm scan PATH</code> with the same store.</p>
    </section>
  );
}

function Posture({ o }: { o: Schemas["Overview"] }) {
  const s = o.systems;
  const open = Object.values(o.findings_by_severity).reduce((a, b) => a + b, 0);
  return (
    <>
      <h1>Overview</h1>
      <div className="tiles">
        <Link className="panel tile" to="/systems">
          <h2>AI systems</h2>
          <p className="value">{s.total}</p>
          <p><b>{s.unowned}</b> without an owner · <b>{s.unregistered}</b> not registered</p>
          <p><b>{s.never_assessed}</b> never assessed · <b>{s.partly_assessed}</b> partly</p>
        </Link>
        <Link className="panel tile" to="/findings">
          <h2>Open findings</h2>
          <p className="value">{open}</p>
          <Counts of={o.findings_by_severity} />
          {o.findings_regressed > 0 && <p className="warn">{o.findings_regressed} came back</p>}
          {o.findings_accepted > 0 && <p className="dim">{o.findings_accepted} accepted</p>}
        </Link>
        <Link className="panel tile" to="/paths">
          <h2>Attack paths</h2>
          <p className="value">{Object.values(o.paths_by_severity).reduce((a, b) => a + b, 0)}</p>
          <Counts of={o.paths_by_severity} />
        </Link>
        <Link className="panel tile" to="/coverage">
          <h2>Checks passed</h2>
          <p className="value">{share(o.checks)}</p>
          <p>of {o.checks.passed + o.checks.failed} made</p>
          <p className={o.checks.not_assessed + o.gaps > 0 ? "warn" : "dim"}>{o.checks.not_assessed} not assessed · {o.gaps} gaps</p>
        </Link>
      </div>
      <div className="halves">
        <section className="panel">
          <h2>Do first</h2>
          <ol className="plain">
            {o.top_fixes.map((f) => (
              <li key={f.id}>
                <Mark severity={f.severity} /> <Link to={`/fixes?q=${encodeURIComponent(f.title)}`}>{f.title}</Link>
                <p className="dim">cuts {counted(f.paths_cut.length, "path")}, resolves {f.findings.length} · {f.owner ?? "nobody owns it"}</p>
              </li>
            ))}
          </ol>
          {o.top_fixes.length === 0 && <p className="dim">Nothing to do.</p>}
        </section>
        <section className="panel">
          <h2>Worst attack paths</h2>
          <ol className="plain">
            {o.top_paths.map((p) => (
              <li key={p.id}>
                <Mark severity={p.severity} /> <Link to={`/paths/${p.id}`}>{p.title}</Link>
                <p className="dim">{counted(p.steps, "step")}, {p.certainty} · {p.cut_by.length === 0 ? "no single fix cuts it" : `cut by any of ${counted(p.cut_by.length, "fix").replace("fixs", "fixes")}`}</p>
              </li>
            ))}
          </ol>
          {o.top_paths.length === 0 && <p className="dim">None was found.</p>}
        </section>
      </div>
      <section className="panel">
        <h2>What there is</h2>
        <p className="kinds">{Object.entries(o.assets_by_kind).sort((a, b) => b[1] - a[1]).map(([kind, n]) => <Link key={kind} to={`/inventory?kind=${kind}`}>{n} {kind.replaceAll("_", " ")}</Link>)}</p>
        <p className="dim">Scan {o.scan?.id} of {o.scan?.targets.join(", ")}, {o.scan?.finished_at.replace("T", " ").replace("Z", " UTC")}</p>
      </section>
    </>
  );
}
