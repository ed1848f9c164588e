// What every page is made of.
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import type { Loaded, Schemas, Severity } from "./api/client";

export const SEVERITIES: Severity[] = ["critical", "high", "medium", "low", "info"];
export const PAGE = 50;

export function Mark({ severity }: { severity: Severity }) {
  return <span className={`mark ${severity}`}>{severity}</span>;
}

export function Counts({ of }: { of: Record<string, number> }) {
  const shown = SEVERITIES.filter((s) => (of[s] ?? 0) > 0);
  if (shown.length === 0) return <span className="dim">none</span>;
  return <span className="counts">{shown.map((s) => <span key={s} className={`mark ${s}`} title={s}>{of[s]} {s}</span>)}</span>;
}

export function place(l: Schemas["Location"] | undefined): string {
  if (!l) return "";
  return (l.path ?? l.target) + (l.line ? `:${l.line}` : "");
}

export function share(p: Schemas["Posture"]): string {
  const all = p.passed + p.failed;
  return all === 0 ? "—" : `${Math.floor((100 * p.passed) / all)} %`;
}

export const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
export const words = (text: string) => text.replaceAll("_", " ");
export const toSystem = (s: { id: string }) => `/systems/${encodeURIComponent(s.id)}`;
export const toAsset = (a: { id: string }) => `/inventory/${encodeURIComponent(a.id)}`;

export function AssetLink({ asset }: { asset: Schemas["AssetRef"] }) {
  return <Link to={toAsset(asset)}><span className="dim">{words(asset.kind)}</span> {asset.name}</Link>;
}

/** Waits, tells what went wrong, or shows. */
export function Await<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ReactNode }) {
  if (of.error) return <p className="panel warn" role="alert">{of.error} <button className="quiet" onClick={of.again}>Try again</button></p>;
  if (of.data === undefined) return <p className="panel dim" aria-busy="true">Loading …</p>;
  return <>{children(of.data)}</>;
}

/** Query parameters of a list as state: what is filtered can be linked to. */
export function useFilters() {
  const [params, setParams] = useSearchParams();
  const get = (name: string) => params.get(name) ?? undefined;
  const set = (name: string, value?: string) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      if (name !== "offset") next.delete("offset");
      return next;
    });
  return { get, set, key: params.toString(), offset: Number(params.get("offset") ?? 0) };
}
export type Filters = ReturnType<typeof useFilters>;

export function Facets({ facets, names, filters }: { facets?: Record<string, Schemas["FacetValue"][]>; names: Record<string, string>; filters: Filters }) {
  return (
    <aside className="facets" aria-label="Filters">
      {Object.entries(names).map(([name, title]) => {
        const values = facets?.[name] ?? [];
        const chosen = filters.get(name);
        if (values.length < 2 && !chosen) return null;
        return (
          <fieldset key={name}>
            <legend>{title}</legend>
            {values.slice(0, 12).map((v) => (
              <button key={v.value} className={chosen === v.value ? "facet on" : "facet"} aria-pressed={chosen === v.value} onClick={() => filters.set(name, chosen === v.value ? undefined : v.value)}>
                <span>{words(v.value)}</span> <span className="dim">{v.count}</span>
              </button>
            ))}
            {values.length > 12 && <p className="dim">and {values.length - 12} more; search to narrow</p>}
          </fieldset>
        );
      })}
    </aside>
  );
}

export function Search({ filters, what }: { filters: Filters; what: string }) {
  return (
    <input
      type="search"
      aria-label={`Search ${what}`}
      placeholder={`Search ${what}`}
      defaultValue={filters.get("q") ?? ""}
      onChange={(e) => filters.set("q", e.target.value.trim() || undefined)}
    />
  );
}

export function Pager({ page, filters }: { page: { total: number; offset: number; limit: number }; filters: Filters }) {
  if (page.total <= page.limit) return <p className="dim pager">{page.total} in all</p>;
  const to = (offset: number) => filters.set("offset", offset > 0 ? String(offset) : undefined);
  return (
    <p className="dim pager">
      <button disabled={page.offset === 0} onClick={() => to(Math.max(0, page.offset - page.limit))}>Back</button>{" "}
      {page.offset + 1}–{Math.min(page.total, page.offset + page.limit)} of {page.total}{" "}
      <button disabled={page.offset + page.limit >= page.total} onClick={() => to(page.offset + page.limit)}>Next</button>
    </p>
  );
}

export function Fields({ of }: { of: [string, ReactNode][] }) {
  return <dl>{of.filter(([, v]) => v !== null && v !== undefined && v !== "" && v !== false).map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

export function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
