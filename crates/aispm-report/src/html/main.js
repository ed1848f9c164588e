// Sections, and which one is shown.

const fixed = (nodes) => ({ nodes, show() {} });
const SECTIONS = [
  ["overview", "Overview", null, () => fixed(overview())],
  ["systems", "AI systems", report.systems.length, () => fixed(systemsView())],
  ["fixes", "Fix queue", report.fixes.length, fixesView],
  ["findings", "Findings", open.length, findingsView],
  ["paths", "Attack paths", report.paths.length, pathsView],
  ["inventory", "Inventory", report.assets.length, inventoryView],
  ["coverage", "Coverage", gaps.length || null, () => fixed(coverageView())],
];

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const built = new Map();

/** Builds a section when it is first looked at. */
function section(name) {
  if (!built.has(name)) {
    const view = SECTIONS.find(([n]) => n === name)[3]();
    const root = h("div", { class: "section", "data-name": name }, view.nodes);
    main.append(root);
    built.set(name, { root, show: view.show });
  }
  return built.get(name);
}

function route() {
  const [asked, rest] = location.hash.slice(1).split(/\/(.*)/s);
  if (asked === "main") return;
  const name = SECTIONS.some(([n]) => n === asked) ? asked : "overview";
  const { root, show } = section(name);
  for (const [other, view] of built) view.root.hidden = other !== name;
  nav.querySelectorAll("a").forEach((a) => (a.dataset.name === name ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current")));
  let id = null;
  try {
    id = rest ? decodeURIComponent(rest) : null;
  } catch {
    id = null;
  }
  if (id) {
    show(id);
    const row = document.getElementById(inert(name + "/" + id));
    if (row) {
      if (row.tagName === "DETAILS") row.open = true;
      row.scrollIntoView({ block: "start" });
      (row.querySelector("summary") ?? row).focus({ preventScroll: true });
    }
  } else {
    window.scrollTo(0, 0);
  }
  root.classList.add("shown");
}

const one = report.scan.targets.length === 1 && report.scan.targets[0] === ".";
const scanned = one ? "" : report.scan.targets.join(", ");
document.getElementById("scanned").textContent = "AI security posture" + (scanned ? " of " + inert(scanned) : "");
document.getElementById("when").textContent = inert(report.run.finished_at.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC"));
if (scanned) document.title = inert(scanned) + " – AI security posture";
nav.append(...SECTIONS.map(([name, title, count]) =>
  h("a", { href: "#" + name, "data-name": name }, title, count !== null && h("span", { class: "count" }, count.toLocaleString("en")))));
window.addEventListener("hashchange", route);
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = main.querySelector(".section:not([hidden]) .search");
  if (search) {
    event.preventDefault();
    search.focus();
  }
});
route();
