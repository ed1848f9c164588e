import { Link, useParams } from "react-router";
import { api, useLoaded } from "../api/client";
import { AssetLink, Await, Facets, Fields, Mark, Pager, PAGE, place, Search, shown, toAsset, toSystem, useFilters, words } from "../parts";

export function Inventory() {
  const filters = useFilters();
  const get = filters.get;
  const page = useLoaded(`assets ${filters.key}`, () =>
    api.GET("/api/v1/assets", { params: { query: { kind: get("kind"), class: get("class"), provider: get("provider"), system: get("system"), q: get("q"), offset: filters.offset, limit: PAGE } as never } }),
  );
  return (
    <>
      <h1>Inventory</h1>
      <p className="tools"><Search filters={filters} what="assets" /></p>
      <Await of={page}>
        {(p) => (
          <div className="sided">
            <Facets facets={p.facets} filters={filters} names={{ kind: "Kind", class: "Class", provider: "Provider", system: "System" }} />
            <div>
              <div className="scroll">
                <table>
                  <thead><tr><th>Asset</th><th>Kind</th><th>Provider</th><th>System</th><th>Worst</th><th>Seen at</th></tr></thead>
                  <tbody>
                    {p.items.map((a) => (
                      <tr key={a.id}>
                        <td><Link to={toAsset(a)}>{a.name}</Link></td>
                        <td>{words(a.kind)}</td>
                        <td>{a.provider}</td>
                        <td>{a.system && <Link to={toSystem(a.system)}>{a.system.name}</Link>}</td>
                        <td>{a.worst && <Mark severity={a.worst} />} {a.findings > 0 && <span className="dim">{a.findings}</span>}</td>
                        <td><code>{place(a.locations[0])}</code></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {p.items.length === 0 && <p className="panel dim">Nothing fits.</p>}
              <Pager page={p} filters={filters} />
            </div>
          </div>
        )}
      </Await>
    </>
  );
}

export function Asset() {
  const { id = "" } = useParams();
  const asset = useLoaded(`asset ${id}`, () => api.GET("/api/v1/assets/{id}", { params: { path: { id } } }));
  return (
    <Await of={asset}>
      {(a) => (
        <>
          <p><Link to="/inventory">Inventory</Link></p>
          <h1>{a.name} <span className="dim">{words(a.kind)}</span></h1>
          <div className="halves">
            <section className="panel">
              <Fields
                of={[
                  ["system", a.system && <Link to={toSystem(a.system)}>{a.system.name}</Link>],
                  ["provider", a.provider],
                  ["seen at", a.locations.slice(0, 20).map((l) => <code className="line" key={place(l)}>{place(l)}</code>)],
                  ["id", <code key="i">{a.id}</code>],
                  ...Object.entries(a.properties).map(([k, v]): [string, string] => [words(k), shown(v)]),
                ]}
              />
            </section>
            <section className="panel">
              <h2>Findings</h2>
              {a.open_findings.length === 0 ? <p className="dim">None.</p> : <ul>{a.open_findings.map((f) => <li key={f.id}><Mark severity={f.severity} /> <Link to={`/findings/${f.id}`}>{f.title}</Link></li>)}</ul>}
              <h2>Attack paths</h2>
              {a.attack_paths.length === 0 ? <p className="dim">None.</p> : <ul>{a.attack_paths.map((p) => <li key={p.id}><Mark severity={p.severity} /> <Link to={`/paths/${p.id}`}>{p.title}</Link></li>)}</ul>}
              <h2>Related</h2>
              <ul>{a.relations.slice(0, 100).map((r) => <li key={`${r.kind} ${r.outgoing} ${r.other.id}`}>{r.outgoing ? <>{words(r.kind)} <AssetLink asset={r.other} /></> : <><AssetLink asset={r.other} /> {words(r.kind)} it</>} {r.certainty === "possible" && <span className="tag">possible</span>}</li>)}</ul>
            </section>
          </div>
        </>
      )}
    </Await>
  );
}
