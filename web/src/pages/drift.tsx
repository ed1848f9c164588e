import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, useLoaded, type Schemas } from "../api/client";
import { Await, Mark, toAsset, useFilters, words } from "../parts";

export function Drift() {
  const filters = useFilters();
  const scans = useLoaded("scans", () => api.GET("/api/v1/scans", { params: { query: { limit: 100 } as never } }));
  const drift = useLoaded(`drift ${filters.key}`, () => api.GET("/api/v1/drift", { params: { query: { from: filters.get("from"), to: filters.get("to") } as never } }));
  const choose = (name: string, title: string) => (
    <label>{title} <select value={filters.get(name) ?? ""} onChange={(e) => filters.set(name, e.target.value || undefined)}>
      <option value="">{name === "to" ? "the last scan" : "the one before"}</option>
      {scans.data?.items.map((s) => <option key={s.id} value={s.id}>{s.finished_at.replace("T", " ").slice(0, 16)} {s.id}</option>)}
    </select></label>
  );
  return (
    <>
      <h1>Drift</h1>
      <p className="tools">{choose("from", "From")} {choose("to", "to")}</p>
      <Await of={drift}>{(d) => (d.from ? <Changes d={d} /> : <p className="panel dim">There is one scan; drift needs two of the same targets.</p>)}</Await>
    </>
  );
}

function Changes({ d }: { d: Schemas["DriftView"] }) {
  const findings = (list: Schemas["DriftFinding"][]) => list.map((f) => <li key={f.id}><Mark severity={f.severity} /> <Link to={`/findings/${f.id}`}>{f.title}</Link> <span className="dim">{f.asset_name}</span></li>);
  const assets = (list: Schemas["DriftAsset"][]) => list.map((a) => <li key={a.id}><span className="dim">{words(a.kind)}</span> <Link to={toAsset(a)}>{a.name}</Link> {a.changed.length > 0 && <span className="dim">{a.changed.map(words).join(", ")}</span>}</li>);
  const paths = (list: Schemas["DriftPath"][]) => list.map((p) => <li key={p.id}><Mark severity={p.severity} /> <Link to={`/paths/${p.id}`}>{p.title}</Link></li>);
  const lists: [string, ReactNode[], string?][] = [
    ["Came back", findings(d.regressed_findings), "warn"],
    ["New findings", findings(d.new_findings)],
    ["New attack paths", paths(d.new_paths)],
    ["Fixed", findings(d.fixed_findings), "good"],
    ["Attack paths cut", paths(d.cut_paths), "good"],
    ["Attack paths that nobody could follow this time", paths(d.unknown_paths), "warn"],
    ["Findings on what is gone", findings(d.gone_findings)],
    ["Findings that nobody could look for this time", findings(d.unknown_findings), "warn"],
    ["New assets", assets(d.new_assets)],
    ["Changed assets", assets(d.changed_assets)],
    ["Gone assets", assets(d.gone_assets)],
    ["Assets in places that were not read this time", assets(d.unknown_assets), "warn"],
  ];
  const some = lists.filter(([, items]) => items.length > 0);
  if (some.length === 0) return <p className="panel good">Nothing changed between {d.from} and {d.to}.</p>;
  return <div className="halves">{some.map(([title, items, tone]) => <section key={title} className="panel"><h2 className={tone}>{title} <span className="dim">{items.length}</span></h2><ul>{items}</ul></section>)}</div>;
}
