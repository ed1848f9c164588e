import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, problem, useLoaded, type Severity } from "../api/client";
import { AssetLink, Await, Facets, Fields, Mark, Pager, PAGE, place, Search, shown, toSystem, useFilters, words } from "../parts";

export function Findings() {
  const filters = useFilters();
  const get = filters.get;
  const page = useLoaded(`findings ${filters.key}`, () =>
    api.GET("/api/v1/findings", {
      params: { query: { severity: get("severity") as Severity | undefined, rule: get("rule"), system: get("system"), kind: get("kind"), source: get("source"), status: get("status"), q: get("q"), offset: filters.offset, limit: PAGE } as never },
    }),
  );
  return (
    <>
      <h1>Findings</h1>
      <p className="tools"><Search filters={filters} what="findings" /></p>
      <Await of={page}>
        {(p) => (
          <div className="sided">
            <Facets facets={p.facets} filters={filters} names={{ severity: "Severity", status: "Status", source: "Found by", kind: "Kind of asset", rule: "Rule" }} />
            <div>
              {p.items.length === 0 && <p className="panel dim">Nothing fits.</p>}
              <ul className="cards">
                {p.items.map((f) => (
                  <li key={f.id} className="panel">
                    <p><Mark severity={f.severity} /> <Link to={`/findings/${f.id}`}><b>{f.title}</b></Link> {f.status !== "open" && <span className="tag">{words(f.status)}</span>} {f.paths > 0 && <span className="tag">on {f.paths} {f.paths === 1 ? "path" : "paths"}</span>}</p>
                    <p>{f.why}</p>
                    <p className="dim"><code>{place(f.locations[0])}</code> · <AssetLink asset={f.asset} />{f.system && <> · <Link to={toSystem(f.system)}>{f.system.name}</Link></>}</p>
                  </li>
                ))}
              </ul>
              <Pager page={p} filters={filters} />
            </div>
          </div>
        )}
      </Await>
    </>
  );
}

export function Finding() {
  const { id = "" } = useParams();
  const finding = useLoaded(`finding ${id}`, () => api.GET("/api/v1/findings/{id}", { params: { path: { id } } }));
  const [verdict, setVerdict] = useState<string>();
  async function verify() {
    setVerdict("Reading again what it rests on …");
    const { data, error, response } = await api.POST("/api/v1/findings/{id}/verify", { params: { path: { id } } });
    setVerdict(data ? `${words(data.verdict)}: ${data.why}` : problem(error, response));
  }
  return (
    <Await of={finding}>
      {(f) => (
        <>
          <p><Link to="/findings">Findings</Link></p>
          <h1><Mark severity={f.severity} /> {f.title}</h1>
          {f.severity_reason && <p className="dim">{f.severity} here: {f.severity_reason}</p>}
          <div className="halves">
            <section className="panel">
              <p className="lead">{f.why}</p>
              <h2>So what</h2>
              <p>{f.impact}</p>
              <h2>Fix</h2>
              <p>{f.remediation.summary} <span className="dim">({f.remediation.effort}{f.remediation.safe ? ", safe" : ""})</span></p>
              {[f.remediation.terraform, f.remediation.cli, f.remediation.code].filter(Boolean).map((c) => <pre key={c}>{c}</pre>)}
              <p><button onClick={verify}>Verify now</button> {verdict && <span role="status">{verdict}</span>}</p>
            </section>
            <section className="panel">
              <Fields
                of={[
                  ["asset", <AssetLink key="a" asset={f.asset} />],
                  ["system", f.system && <Link to={toSystem(f.system)}>{f.system.name}</Link>],
                  ["where", f.locations.slice(0, 20).map((l) => <code className="line" key={place(l)}>{place(l)}</code>)],
                  ["status", words(f.status)],
                  ["first seen", f.first_seen?.slice(0, 10)],
                  ["accepted", f.accepted],
                  ["found by", f.source],
                  ["rule", <code key="r">{f.rule}</code>],
                  ["confidence", f.confidence],
                  ["controls", f.controls.map((c) => `${c.framework} ${c.id}`).join(" · ")],
                  ...Object.entries(f.evidence).map(([k, v]): [string, string] => [words(k), shown(v)]),
                ]}
              />
            </section>
          </div>
          {f.attack_paths.length > 0 && <section className="panel"><h2>Attack paths that stand on it</h2><ul>{f.attack_paths.map((p) => <li key={p.id}><Mark severity={p.severity} /> <Link to={`/paths/${p.id}`}>{p.title}</Link></li>)}</ul></section>}
          {f.fixes.length > 0 && <section className="panel"><h2>Fixes that end it</h2><ul>{f.fixes.map((x) => <li key={x.id}><Link to={`/fixes?q=${encodeURIComponent(x.title)}`}>{x.title}</Link></li>)}</ul></section>}
        </>
      )}
    </Await>
  );
}
