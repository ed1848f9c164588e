import { type FormEvent, useState } from "react";
import { api, problem, type Schemas } from "../api/client";

export function Login({ onSignIn }: { onSignIn: (s: Schemas["Session"]) => void }) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const { data, error, response } = await api.POST("/api/v1/login", { body: { name: String(form.get("name")), password: String(form.get("password")) } });
      if (data) onSignIn(data);
      else setError(problem(error, response));
    } catch {
      setError("The server does not answer. Is `aispm serve` still running?");
    } finally {
      setBusy(false);
    }
  }
  return (
    <main className="login">
      <form className="panel" onSubmit={submit}>
        <h1><span className="logo">aispm</span> Sign in</h1>
        <label>Name <input name="name" defaultValue="admin" autoComplete="username" required /></label>
        <label>Password <input name="password" type="password" autoComplete="current-password" required autoFocus /></label>
        {error && <p className="warn" role="alert">{error}</p>}
        <button disabled={busy}>Sign in</button>
        <p className="dim">The first password was printed once by <code>aispm serve</code>; <code>aispm serve --new-secret</code> makes a new one.</p>
      </form>
    </main>
  );
}
