import { useCallback, useEffect, useState } from "react";
import { NavLink, Route, Routes } from "react-router";
import { api, setCsrf, type Schemas } from "./api/client";
import { Coverage } from "./pages/coverage";
import { Drift } from "./pages/drift";
import { Finding, Findings } from "./pages/findings";
import { Fixes } from "./pages/fixes";
import { Asset, Inventory } from "./pages/inventory";
import { Login } from "./pages/login";
import { Overview } from "./pages/overview";
import { AttackPath, Paths } from "./pages/paths";
import { RegisterEntry, Systems } from "./pages/systems";
import { Watching } from "./pages/watching";

/** Says that this browser has a session cookie, which scripts cannot see; no secret. */
const SIGNED_IN = "aispm.signed-in";

const PAGES = [
  ["/", "Overview"],
  ["/systems", "AI systems"],
  ["/fixes", "Fix queue"],
  ["/findings", "Findings"],
  ["/paths", "Attack paths"],
  ["/inventory", "Inventory"],
  ["/drift", "Drift"],
  ["/coverage", "Coverage"],
  ["/watching", "Watching"],
] as const;

export function App() {
  const [session, setSession] = useState<Schemas["Session"] | null | undefined>(undefined);
  const signIn = useCallback((s: Schemas["Session"] | null) => {
    setCsrf(s?.csrf);
    setSession(s);
    if (s) localStorage.setItem(SIGNED_IN, "yes");
    else localStorage.removeItem(SIGNED_IN);
  }, []);
  useEffect(() => {
    // Asked only where somebody signed in before: the answer to a stranger is an error.
    if (!localStorage.getItem(SIGNED_IN)) signIn(null);
    else api.GET("/api/v1/session").then(({ data }) => signIn(data ?? null), () => signIn(null));
    const out = () => signIn(null);
    window.addEventListener("aispm-signed-out", out);
    return () => window.removeEventListener("aispm-signed-out", out);
  }, [signIn]);
  if (session === undefined) return null;
  if (session === null) return <Login onSignIn={signIn} />;
  const leave = () => api.POST("/api/v1/logout").finally(() => signIn(null));
  return (
    <>
      <a className="skip" href="#main">Skip to content</a>
      <header>
        <div className="bar">
          <p className="brand"><strong>aispm</strong> AI security posture</p>
          <p className="who">{session.user} ({session.role}) <button className="quiet" onClick={leave}>Sign out</button></p>
        </div>
        <nav aria-label="Pages">{PAGES.map(([to, name]) => <NavLink key={to} to={to} end={to === "/"}>{name}</NavLink>)}</nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Routes>
          <Route path="/" element={<Overview />} />
          <Route path="/systems" element={<Systems />} />
          <Route path="/systems/:id" element={<RegisterEntry mayChange={session.role === "admin"} />} />
          <Route path="/fixes" element={<Fixes />} />
          <Route path="/findings" element={<Findings />} />
          <Route path="/findings/:id" element={<Finding />} />
          <Route path="/paths" element={<Paths />} />
          <Route path="/paths/:id" element={<AttackPath />} />
          <Route path="/inventory" element={<Inventory />} />
          <Route path="/inventory/:id" element={<Asset />} />
          <Route path="/drift" element={<Drift />} />
          <Route path="/coverage" element={<Coverage />} />
          <Route path="/watching" element={<Watching mayChange={session.role === "admin"} />} />
          <Route path="*" element={<p className="panel">There is no such page.</p>} />
        </Routes>
      </main>
      <footer>aispm {session.version}</footer>
    </>
  );
}
