import cytoscape from "cytoscape";
import { useEffect, useRef } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, useLoaded, type Schemas, type Severity } from "../api/client";
import { AssetLink, Await, counted, Facets, Mark, Pager, PAGE, place, Search, useFilters, words } from "../parts";

export function Paths() {
  const filters = useFilters();
  const get = filters.get;
  const page = useLoaded(`paths ${filters.key}`, () =>
    api.GET("/api/v1/paths", { params: { query: { severity: get("severity") as Severity | undefined, entry: get("entry"), certainty: get("certainty"), system: get("system"), q: get("q"), offset: filters.offset, limit: PAGE } as never } }),
  );
  return (
    <>
      <h1>Attack paths</h1>
      <p className="tools"><Search filters={filters} what="paths" /></p>
      <Await of={page}>
        {(p) => (
          <div className="sided">
            <Facets facets={p.facets} filters={filters} names={{ severity: "Severity", entry: "Begins at", certainty: "Certainty", system: "System" }} />
            <div>
              <ul className="cards">
                {p.items.map((x) => (
                  <li key={x.id} className="panel">
                    <p><Mark severity={x.severity} /> <Link to={`/paths/${x.id}`}><b>{x.title}</b></Link></p>
                    <p className="dim">{counted(x.steps, "step")} from {words(x.entry)} to <AssetLink asset={x.target} /> · {x.certainty} · score {Math.round(x.score)} · {x.cut_by.length === 0 ? "no single fix cuts it" : `cut by any of ${counted(x.cut_by.length, "fix").replace("fixs", "fixes")}`}</p>
                  </li>
                ))}
              </ul>
              {p.items.length === 0 && <p className="panel dim">No path was found.</p>}
              <Pager page={p} filters={filters} />
            </div>
          </div>
        )}
      </Await>
    </>
  );
}

export function AttackPath() {
  const { id = "" } = useParams();
  const path = useLoaded(`path ${id}`, () => api.GET("/api/v1/paths/{id}", { params: { path: { id } } }));
  return (
    <Await of={path}>
      {(p) => (
        <>
          <p><Link to="/paths">Attack paths</Link></p>
          <h1><Mark severity={p.severity} /> {p.title}</h1>
          <p className="dim">{p.certainty === "possible" ? "Possible: it stands on something nobody could read. " : ""}Score {Math.round(p.score)}.</p>
          <Graph path={p} />
          <ol className="steps">
            {p.step_list.map((s) => (
              <li key={s.id} className="panel">
                <p><b>{s.grants}</b> {s.certainty === "possible" && <span className="tag">possible</span>} {s.technique && <span className="tag">{s.technique.framework.toUpperCase()} {s.technique.id}</span>}</p>
                <p>{s.why}</p>
                <p className="dim">{s.needs.length > 0 && <>after {s.needs.join(", ")} · </>}<AssetLink asset={s.to} /> {s.evidence.slice(0, 4).map((l) => <code key={place(l)}> {place(l)}</code>)} {s.findings.map((f) => <Link key={f} to={`/findings/${f}`}> {f}</Link>)}</p>
              </li>
            ))}
          </ol>
          <section className="panel">
            <h2>What cuts it</h2>
            {p.cuts.length === 0 ? <p className="warn">No known fix, nor any set of three, removes this path.</p> : (
              <ul>{p.cuts.map((cut) => <li key={cut.join()}>{cut.map((id) => p.fixes.find((f) => f.id === id)?.title ?? id).join("; and ")}</li>)}</ul>
            )}
          </section>
        </>
      )}
    </Await>
  );
}

/** The path as a graph: where it begins, what falls, and which step leads on. */
function Graph({ path }: { path: Schemas["PathDetail"] }) {
  const at = useRef<HTMLDivElement>(null);
  const go = useNavigate();
  useEffect(() => {
    if (!at.current) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const nodes = new Map<string, { label: string; kind: string; asset?: string }>();
    const entry = `entry ${path.entry}`;
    nodes.set(entry, { label: words(path.entry), kind: "entry" });
    const edges: { source: string; target: string; label: string }[] = [];
    const last = new Map<string, string>([["", entry]]);
    for (const s of path.step_list) {
      nodes.set(s.to.id, { label: `${s.to.name}\n${words(s.to.kind)}`, kind: s.to.id === path.target.id ? "target" : "asset", asset: s.to.id });
      const sources = s.needs.length === 0 ? [entry] : s.needs.map((n) => last.get(n) ?? entry);
      for (const source of new Set(sources)) if (source !== s.to.id) edges.push({ source, target: s.to.id, label: s.id });
      last.set(s.id, s.to.id);
    }
    const graph = cytoscape({
      container: at.current,
      elements: [
        ...[...nodes].map(([id, n]) => ({ data: { id, ...n } })),
        ...edges.map((e, i) => ({ data: { id: `edge ${i}`, ...e } })),
      ],
      layout: { name: "breadthfirst", directed: true, roots: [entry], padding: 24, spacingFactor: 1.15, direction: "rightward" } as never,
      style: [
        { selector: "node", style: { label: "data(label)", "text-wrap": "wrap", "text-max-width": "150px", "text-valign": "bottom", "text-margin-y": 6, "font-size": 12, color: color("--ink"), "background-color": color("--accent"), width: 26, height: 26 } },
        { selector: "node[kind='entry']", style: { "background-color": color("--critical"), shape: "diamond" } },
        { selector: "node[kind='target']", style: { "background-color": color("--high"), shape: "star", width: 34, height: 34 } },
        { selector: "edge", style: { label: "data(label)", "font-size": 11, color: color("--dim"), width: 2, "line-color": color("--unknown"), "target-arrow-color": color("--unknown"), "target-arrow-shape": "triangle", "curve-style": "bezier", "text-background-color": color("--panel"), "text-background-opacity": 1 } },
      ],
      userZoomingEnabled: false,
      autoungrabify: true,
    });
    graph.on("tap", "node", (e) => {
      const asset = e.target.data("asset") as string | undefined;
      if (asset) go(`/inventory/${encodeURIComponent(asset)}`);
    });
    return () => graph.destroy();
  }, [path, go]);
  return <div className="panel graph" ref={at} role="img" aria-label={`${path.title}: ${path.step_list.length} steps, listed below`} />;
}
