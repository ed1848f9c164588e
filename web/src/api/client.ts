// The API, typed from the server's own OpenAPI document. Cookies carry the session; changes carry the token against forgery.
import createClient from "openapi-fetch";
import { useCallback, useEffect, useState } from "react";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Severity = Schemas["Severity"];

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

let csrf: string | null = null;
export function setCsrf(token: string | null | undefined) {
  csrf = token ?? null;
}
api.use({
  onRequest({ request }) {
    if (request.method !== "GET" && csrf) request.headers.set("x-csrf-token", csrf);
    return request;
  },
});

export interface Loaded<T> {
  data?: T;
  error?: string;
  loading: boolean;
  again: () => void;
}

/** Loads when `key` changes; what was shown stays until the answer is there. */
export function useLoaded<T>(key: string, load: () => Promise<{ data?: T; error?: unknown; response: Response }>): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: string; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    setState((s) => ({ ...s, loading: true }));
    load()
      .then(({ data, error, response }) => {
        if (!current) return;
        if (response.status === 401) window.dispatchEvent(new Event("aispm-signed-out"));
        setState(data === undefined ? { error: problem(error, response), loading: false } : { data, loading: false });
      })
      .catch(() => current && setState({ error: "The server does not answer. Is `aispm serve` still running?", loading: false }));
    return () => {
      current = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, turn]);
  return { ...state, again: useCallback(() => setTurn((t) => t + 1), []) };
}

export function problem(error: unknown, response: Response): string {
  const detail = (error as { detail?: string; title?: string } | undefined) ?? {};
  return detail.detail ?? detail.title ?? `The server answered ${response.status}.`;
}
