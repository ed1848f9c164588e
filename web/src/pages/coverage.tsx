import { api, useLoaded } from "../api/client";
import { AssetLink, Await, Pager, PAGE, share, useFilters } from "../parts";

export function Coverage() {
  const filters = useFilters();
  const coverage = useLoaded("coverage", () => api.GET("/api/v1/coverage"));
  const gaps = useLoaded(`gaps ${filters.key}`, () => api.GET("/api/v1/coverage/gaps", { params: { query: { offset: filters.offset, limit: PAGE } as never } }));
  const unassessed = useLoaded("unassessed", () => api.GET("/api/v1/coverage/unassessed", { params: { query: { limit: 200 } as never } }));
  return (
    <>
      <h1>Coverage</h1>
      <Await of={coverage}>
        {(c) => (
          <>
            <div className="tiles">
              <div className="panel tile"><h2>Checks passed</h2><p className="value">{share(c.checks)}</p><p>{c.checks.passed} of {c.checks.passed + c.checks.failed} made</p></div>
              <div className="panel tile"><h2>Not assessed</h2><p className={c.checks.not_assessed > 0 ? "value warn" : "value"}>{c.checks.not_assessed}</p><p>never counted as passed</p></div>
              <div className="panel tile"><h2>Gaps</h2><p className={c.gaps > 0 ? "value warn" : "value"}>{c.gaps}</p><p>{c.files_read} files read</p></div>
              <div className="panel tile"><h2>Hosts contacted</h2><p className="value">{c.network.length}</p><p>{c.network.length === 0 ? "nothing left this machine" : c.network.map((n) => n.host).join(", ")}</p></div>
            </div>
            <section className="panel"><h2>Targets</h2><ul>{c.targets.map((t) => <li key={t.target}><code>{t.target}</code> <span className={t.status === "complete" ? "good" : "warn"}>{t.status}</span></li>)}</ul></section>
          </>
        )}
      </Await>
      <section className="panel">
        <h2>What was not read</h2>
        <Await of={gaps}>{(g) => (g.items.length === 0 ? <p className="good">Everything was read.</p> : <><ul>{g.items.map((x) => <li key={x.scope + x.reason}><code>{x.scope}</code> {x.reason}</li>)}</ul><Pager page={g} filters={filters} /></>)}</Await>
      </section>
      <section className="panel">
        <h2>What could not be checked</h2>
        <Await of={unassessed}>{(u) => (u.items.length === 0 ? <p className="good">Every check was made.</p> : <ul>{u.items.map((x) => <li key={x.rule + x.asset.id}><code>{x.rule}</code> on <AssetLink asset={x.asset} />: {x.reason}</li>)}</ul>)}</Await>
      </section>
    </>
  );
}
