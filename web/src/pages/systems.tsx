import { type FormEvent, useState } from "react";
import { Link, useParams } from "react-router";
import { api, problem, useLoaded, type Schemas } from "../api/client";
import { Await, Counts, Fields, Pager, PAGE, Search, share, toSystem, useFilters } from "../parts";

type Row = Schemas["SystemRow"];

export function Systems() {
  const filters = useFilters();
  const flag = (name: string) => (filters.get(name) === undefined ? undefined : filters.get(name) === "true");
  const page = useLoaded(`systems ${filters.key}`, () =>
    api.GET("/api/v1/systems", { params: { query: { q: filters.get("q"), unowned: flag("unowned"), registered: flag("registered"), assessed: filters.get("assessed"), offset: filters.offset, limit: PAGE } } }),
  );
  const toggle = (name: string, value: string, title: string) => (
    <button className={filters.get(name) === value ? "facet on" : "facet"} aria-pressed={filters.get(name) === value} onClick={() => filters.set(name, filters.get(name) === value ? undefined : value)}>{title}</button>
  );
  return (
    <>
      <h1>AI systems</h1>
      <p className="tools"><Search filters={filters} what="systems" /> {toggle("unowned", "true", "without an owner")} {toggle("registered", "false", "not registered")} {toggle("assessed", "never", "never assessed")}</p>
      <Await of={page}>
        {(p) => (
          <>
            <div className="scroll">
              <table>
                <thead><tr><th>System</th><th>Owner</th><th>Status</th><th>Review</th><th>Assessed</th><th>Passed</th><th>Findings</th><th>Paths</th></tr></thead>
                <tbody>
                  {p.items.map((s) => (
                    <tr key={s.id}>
                      <td><Link to={toSystem(s)}>{s.name}</Link></td>
                      <td>{s.owner ?? <span className="warn">nobody</span>}</td>
                      <td>{s.register?.status ?? <span className="warn">not registered</span>}</td>
                      <td>{s.register ? s.register.security_status.replaceAll("_", " ") : <span className="dim">—</span>}</td>
                      <td>{s.assessed === "assessed" ? "yes" : <span className="warn">{s.assessed}</span>}</td>
                      <td>{share(s.posture)}</td>
                      <td><Counts of={s.findings_by_severity} /></td>
                      <td>{s.paths}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <Pager page={p} filters={filters} />
          </>
        )}
      </Await>
    </>
  );
}

export function RegisterEntry({ mayChange }: { mayChange: boolean }) {
  const { id = "" } = useParams();
  const system = useLoaded(`system ${id}`, () => api.GET("/api/v1/systems/{id}", { params: { path: { id } } }));
  return <Await of={system}>{(s) => <System key={s.register?.updated_at ?? "none"} s={s} mayChange={mayChange} again={system.again} />}</Await>;
}

const STATUS: Schemas["Status"][] = ["pilot", "production", "retired", "unknown"];
const SECURITY: Schemas["SecurityStatus"][] = ["not_reviewed", "in_review", "approved", "rejected"];

function System({ s, mayChange, again }: { s: Row; mayChange: boolean; again: () => void }) {
  const r = s.register;
  return (
    <>
      <p><Link to="/systems">AI systems</Link></p>
      <h1>{s.name}</h1>
      <div className="halves">
        <section className="panel">
          <h2>What was found</h2>
          <Fields
            of={[
              ["findings", <Link key="f" to={`/findings?system=${encodeURIComponent(s.id)}`}><Counts of={s.findings_by_severity} /></Link>],
              ["attack paths", s.paths],
              ["checks passed", `${share(s.posture)} of ${s.posture.passed + s.posture.failed}`],
              ["not assessed", s.posture.not_assessed > 0 && s.posture.not_assessed],
              ["owner", s.owner ? `${s.owner} (${s.owner_source === "register" ? "from the register" : "derived"})` : <span key="o" className="warn">nobody</span>],
              ["assets", <Link key="a" to={`/inventory?system=${encodeURIComponent(s.id)}`}>{s.assets}</Link>],
              ["life cycle", s.lifecycle],
              ["purpose", s.purpose],
              ["risk class", s.risk_class],
              ["id", <code key="i">{s.id}</code>],
            ]}
          />
          {s.not_assessed_because.length > 0 && <ul className="warn">{s.not_assessed_because.slice(0, 20).map((why) => <li key={why}>{why}</li>)}</ul>}
        </section>
        <section className="panel">
          <h2>Register</h2>
          {r ? <p className="dim">Written by {r.updated_by}, {r.updated_at.slice(0, 10)}</p> : <p className="warn">Nobody has registered this system.</p>}
          {mayChange ? <Form s={s} again={again} /> : r && <Fields of={[["owner", r.owner], ["purpose", r.purpose], ["status", r.status], ["security", r.security_status.replaceAll("_", " ")], ["data", r.data_classes.join(", ")], ["review by", r.review_by], ["expires", r.expires_on]]} />}
        </section>
      </div>
    </>
  );
}

function Form({ s, again }: { s: Row; again: () => void }) {
  const [told, setTold] = useState<string>();
  const r = s.register;
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim() || null;
    const { error, response } = await api.PUT("/api/v1/register/{system}", {
      params: { path: { system: s.id } },
      body: {
        name: s.name,
        owner: text("owner"),
        purpose: text("purpose"),
        status: form.get("status") as Schemas["Status"],
        security_status: form.get("security") as Schemas["SecurityStatus"],
        data_classes: (text("data") ?? "").split(",").map((d) => d.trim()).filter(Boolean),
        review_by: text("review"),
        expires_on: text("expires"),
      },
    });
    if (error) setTold(problem(error, response));
    else again();
  }
  const choose = (name: string, of: readonly string[], now: string | undefined) => (
    <select name={name} defaultValue={now ?? of[of.length - 1]}>{of.map((v) => <option key={v} value={v}>{v.replaceAll("_", " ")}</option>)}</select>
  );
  return (
    <form onSubmit={submit} className="stack">
      <label>Owner <input name="owner" defaultValue={r?.owner ?? s.owner ?? ""} /></label>
      <label>Purpose <input name="purpose" defaultValue={r?.purpose ?? s.purpose ?? ""} /></label>
      <label>Status {choose("status", STATUS, r?.status)}</label>
      <label>Security {choose("security", SECURITY, r?.security_status ?? "not_reviewed")}</label>
      <label>Data classes <input name="data" defaultValue={r?.data_classes.join(", ") ?? ""} placeholder="personal, payment" /></label>
      <label>Review by <input name="review" type="date" defaultValue={r?.review_by ?? ""} /></label>
      <label>Expires <input name="expires" type="date" defaultValue={r?.expires_on ?? ""} /></label>
      {told && <p className="warn" role="alert">{told}</p>}
      <button>{r ? "Save" : "Register"}</button>
    </form>
  );
}
