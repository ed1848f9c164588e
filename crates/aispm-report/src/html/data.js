// The report, and look-ups over it.

const report = JSON.parse(document.getElementById("report").textContent);
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const EFFORT = { low: "minutes", medium: "hours", high: "days" };
const FRAMEWORKS = {
  atlas: "ATLAS",
  "nist-ai-rmf": "NIST AI RMF", "eu-ai-act": "EU AI Act", mcsb: "MCSB", "iso-42001": "ISO/IEC 42001", cwe: "",
};

// Lists and texts that are empty are left out of the report.
for (const x of report.systems) x.not_assessed_because ??= [];

const byId = (list, id) => new Map(list.map((item) => [id(item), item]));
const assets = byId(report.assets, (a) => a.id);
const systems = byId(report.systems, (x) => x.id);
const systemNames = byId(report.systems, (x) => x.name);
const findings = byId(report.findings, (f) => f.id);
const fixes = byId(report.fixes, (x) => x.id);
const paths = byId(report.paths, (p) => p.id);

function grouped(pairs) {
  const map = new Map();
  for (const [key, value] of pairs) map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
  return map;
}

const pathsOf = grouped(
  report.paths.flatMap((p) => [...new Set(p.steps.flatMap((step) => step.findings))].map((f) => [f, p])),
);
const fixesOf = grouped(report.fixes.flatMap((x) => x.findings.map((f) => [f, x])));
const findingsOn = grouped(report.findings.map((f) => [f.asset, f]));
const outgoing = grouped(report.relations.map((r) => [r.from, r]));
const incoming = grouped(report.relations.map((r) => [r.to, r]));

const open = report.findings.filter((f) => !f.accepted);

/** What people call the thing with this id: an asset, a system, or an entry point. */
function called(id) {
  return assets.get(id)?.name ?? systems.get(id)?.name ?? id;
}

function systemOf(assetId) {
  const system = assets.get(assetId)?.system ?? "";
  return systems.get(system) ?? systemNames.get(system);
}

function place(location) {
  const path = location.path ?? location.target;
  const prefix = report.scan.targets.length > 1 && location.path ? location.target + "/" : "";
  return prefix + path + (location.line ? ":" + location.line : "");
}

function control(c) {
  if (c.framework.startsWith("owasp-")) return `OWASP ${c.id}:${c.version}`;
  const name = FRAMEWORKS[c.framework] ?? c.framework;
  return (name + " " + c.id).trim();
}

/** A value as people write it. */
function shown(value) {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object") {
    const keys = Object.keys(value);
    if (keys.length === 1 && typeof value.unknown === "string") return "unknown: " + value.unknown;
    return keys.map((k) => k + "=" + shown(value[k])).join(", ");
  }
  return String(value);
}

function bySeverity(list) {
  const counts = Object.fromEntries(SEVERITIES.map((x) => [x, 0]));
  for (const item of list) counts[item.severity] += 1;
  return counts;
}

/** Share of checks passed in percent; null where none was made. */
function share(posture) {
  const made = posture.passed + posture.failed;
  return made === 0 ? null : Math.floor((posture.passed * 100) / made);
}

function severityChip(severity, count) {
  return h("span", { class: "chip sev-" + severity }, count === undefined ? severity : count + " " + severity);
}

function severityChips(counts) {
  const chips = SEVERITIES.filter((x) => counts[x]).map((x) => severityChip(x, counts[x]));
  return chips.length ? chips : [h("span", { class: "good" }, "none")];
}

/** Rows that share a reason, the most frequent reason first. */
function byReason(rows) {
  const groups = grouped(rows.map((r) => [r.reason ?? "no reason was given", r]));
  return [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}

const gapScopes = report.scan.coverage.filter((r) => r.status === "gap").map((r) => r.scope);
const gaps = report.scan.coverage.filter(
  (r) =>
    r.status === "gap" ||
    (r.status === "partial" && r.scope !== "." && !gapScopes.some((g) => g.startsWith(r.scope + "/"))) ||
    (r.status === "partial" && r.scope === "." && gapScopes.length === 0),
);
