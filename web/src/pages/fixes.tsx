import { Link } from "react-router";
import { api, useLoaded, type Severity } from "../api/client";
import { Await, Facets, Mark, Pager, PAGE, place, Search, useFilters } from "../parts";

const WORK: Record<string, string> = { low: "minutes", medium: "hours", high: "days" };

export function Fixes() {
  const filters = useFilters();
  const get = filters.get;
  const page = useLoaded(`fixes ${filters.key}`, () =>
    api.GET("/api/v1/fixes", { params: { query: { severity: get("severity") as Severity | undefined, owner: get("owner"), system: get("system"), q: get("q"), offset: filters.offset, limit: PAGE } as never } }),
  );
  return (
    <>
      <h1>Fix queue</h1>
      <p className="dim">Most attack paths cut first; each fix was tried by deriving the paths again without it.</p>
      <p className="tools"><Search filters={filters} what="fixes" /></p>
      <Await of={page}>
        {(p) => (
          <div className="sided">
            <Facets facets={p.facets} filters={filters} names={{ severity: "Severity", owner: "Owner", system: "System" }} />
            <div>
              <ol className="cards" start={p.offset + 1}>
                {p.items.map((f) => (
                  <li key={f.id} className="panel">
                    <p><Mark severity={f.severity} /> <b>{f.title}</b> {f.safe && <span className="tag good">cannot break anything</span>}</p>
                    <p className="dim">
                      cuts <b>{f.paths_cut.length}</b> {f.paths_cut.length === 1 ? "path" : "paths"} {f.paths_cut.slice(0, 6).map((id) => <Link key={id} to={`/paths/${id}`}>{id} </Link>)}
                      · resolves {f.findings.slice(0, 6).map((id) => <Link key={id} to={`/findings/${id}`}>{id} </Link>)}{f.findings.length > 6 && `and ${f.findings.length - 6} more`}
                    </p>
                    <p className="dim">{WORK[f.effort] ?? f.effort} · {f.owner ?? <span className="warn">nobody owns it</span>} · {f.systems.join(", ")} · <code>{place(f.locations[0])}</code></p>
                  </li>
                ))}
              </ol>
              {p.items.length === 0 && <p className="panel dim">Nothing fits.</p>}
              <Pager page={p} filters={filters} />
            </div>
          </div>
        )}
      </Await>
    </>
  );
}
