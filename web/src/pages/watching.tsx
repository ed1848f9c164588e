import { type FormEvent, useEffect, useState } from "react";
import { api, problem, useLoaded } from "../api/client";
import { Await } from "../parts";

export function Watching({ mayChange }: { mayChange: boolean }) {
  const [told, setTold] = useState<string>();
  const targets = useLoaded("targets", () => api.GET("/api/v1/targets", { params: { query: { limit: 200 } as never } }));
  const schedules = useLoaded("schedules", () => api.GET("/api/v1/schedules", { params: { query: { limit: 200 } as never } }));
  const jobs = useLoaded("jobs", () => api.GET("/api/v1/jobs", { params: { query: { limit: 20 } as never } }));
  const running = jobs.data?.items.some((j) => j.state === "queued" || j.state === "running") ?? false;
  const { again } = jobs;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(again, 1500);
    return () => clearInterval(timer);
  }, [running, again]);
  async function change(call: Promise<{ error?: unknown; response: Response }>) {
    const { error, response } = await call;
    setTold(error === undefined ? undefined : problem(error, response));
    targets.again();
    schedules.again();
    jobs.again();
  }
  function addTarget(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    void change(api.POST("/api/v1/targets", { body: { reference: String(new FormData(form).get("reference")).trim() } })).then(() => form.reset());
  }
  function addSchedule(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const all = targets.data?.items.map((t) => t.id) ?? [];
    void change(api.POST("/api/v1/schedules", { body: { name: String(form.get("name")), every_minutes: Number(form.get("minutes")), targets: all, enabled: true } }));
  }
  return (
    <>
      <h1>Watching</h1>
      {told && <p className="panel warn" role="alert">{told}</p>}
      <div className="halves">
        <section className="panel">
          <h2>Targets</h2>
          <Await of={targets}>
            {(t) => (
              <ul className="rows">
                {t.items.map((x) => (
                  <li key={x.id}><code>{x.reference}</code> {mayChange && <span><button onClick={() => change(api.POST("/api/v1/jobs", { body: { targets: [x.id] } }))}>Scan</button> <button className="quiet" onClick={() => change(api.DELETE("/api/v1/targets/{id}", { params: { path: { id: x.id } } }))}>Remove</button></span>}</li>
                ))}
                {t.items.length === 0 && <li className="dim">Nothing is watched yet.</li>}
              </ul>
            )}
          </Await>
          {mayChange && <form onSubmit={addTarget} className="line"><input name="reference" aria-label="Directory on the server" placeholder="/srv/repositories/assistant" required /> <button>Add</button></form>}
        </section>
        <section className="panel">
          <h2>Schedules</h2>
          <Await of={schedules}>
            {(s) => (
              <ul className="rows">
                {s.items.map((x) => (
                  <li key={x.id}><span><b>{x.name}</b> every {x.every_minutes} minutes{x.enabled ? `, next ${x.next_at.replace("T", " ").slice(0, 16)}` : ", off"}</span> {mayChange && <button className="quiet" onClick={() => change(api.DELETE("/api/v1/schedules/{id}", { params: { path: { id: x.id } } }))}>Remove</button>}</li>
                ))}
                {s.items.length === 0 && <li className="dim">Scans are started by hand.</li>}
              </ul>
            )}
          </Await>
          {mayChange && <form onSubmit={addSchedule} className="line"><input name="name" aria-label="Name of the schedule" defaultValue="nightly" required /> <input name="minutes" type="number" min={5} aria-label="Minutes between scans" defaultValue={1440} required /> <button>Add for all targets</button></form>}
        </section>
      </div>
      <section className="panel">
        <h2>Scans</h2>
        <Await of={jobs}>
          {(j) => (
            <div className="scroll">
              <table>
                <thead><tr><th>Asked for</th><th>State</th><th>Targets</th><th>By</th><th>Scan</th><th /></tr></thead>
                <tbody>
                  {j.items.map((x) => (
                    <tr key={x.id}>
                      <td>{x.created_at.replace("T", " ").slice(0, 19)}</td>
                      <td className={x.state === "failed" || x.state === "interrupted" ? "warn" : undefined}>{x.state} {x.progress && <span className="dim">{x.progress.stage}, {x.progress.files} files</span>} {x.message && <span className="dim">{x.message}</span>}</td>
                      <td>{x.targets.map((t) => <code key={t} className="line">{targets.data?.items.find((y) => y.id === t)?.reference ?? t}</code>)}</td>
                      <td>{x.requested_by}</td>
                      <td>{x.scan}</td>
                      <td>{mayChange && (x.state === "running" || x.state === "queued") && <button className="quiet" onClick={() => change(api.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id: x.id } } }))}>Cancel</button>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {j.items.length === 0 && <p className="dim">None yet.</p>}
            </div>
          )}
        </Await>
      </section>
    </>
  );
}
