// The inventory with facets.

const MOST = 100;

function relationList(title, relations, end) {
  if (!relations?.length) return null;
  return [h("h4", null, title), h("ul", null, relations.slice(0, MOST).map((r) => h("li", null,
    h("span", { class: "dim" }, words(r.kind) + " "), assets.has(r[end]) ? link("inventory", r[end], called(r[end])) : r[end],
    r.certainty === "possible" && h("span", { class: "dim" }, " possible" + (r.condition ? ": " + r.condition : "")),
    r.evidence && [" ", h("code", null, place(r.evidence))]))),
    relations.length > MOST && h("p", { class: "dim" }, "and " + (relations.length - MOST) + " more")];
}

function assetBody(a) {
  const found = findingsOn.get(a.id) ?? [];
  return [
    facts([
      ["id", h("code", null, a.id)],
      ["provider", a.provider],
      ["where", a.locations.length ? h("span", { class: "places" }, a.locations.slice(0, 50).map((l) => h("code", null, place(l)))) : null],
      ...Object.entries(a.properties).map(([name, value]) => [words(name), shown(value)]),
    ]),
    found.length > 0 && [h("h4", null, "Findings"), h("ul", null, found.map((f) => h("li", null, severityChip(f.severity), " ", link("findings", f.id, f.title))))],
    relationList("From here", outgoing.get(a.id), "to"),
    relationList("To here", incoming.get(a.id), "from"),
  ];
}

/** One facet: values with counts, of which any number is chosen. */
function facet(title, value, changed) {
  const counts = grouped(report.assets.map((a) => [value(a), a]));
  const options = [...counts].filter(([v]) => v).sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const choice = toggles(options.map(([v, list]) => [v, [h("span", { class: "grow" }, words(v)), h("span", { class: "dim" }, list.length)], "facet"]), changed);
  const node = options.length > 1 ? h("fieldset", null, h("legend", null, title), choice.buttons) : null;
  return { node, admits: (a) => choice.admits(value(a)), clear: choice.clear };
}

function inventoryView() {
  const search = searchBox("Search assets", () => apply());
  const changed = () => apply();
  const facets = [
    facet("Class", (a) => (a.class === "ai" ? "AI asset" : "what it stands on"), changed),
    facet("Kind", (a) => a.kind, changed),
    facet("Provider", (a) => a.provider, changed),
    facet("System", (a) => systemOf(a.id)?.name, changed),
  ];
  const sorted = [...report.assets].sort((a, b) => (a.class === b.class ? 0 : a.class === "ai" ? -1 : 1));
  let focus = null;
  const list = paged((a) => fold({ class: "row", id: "inventory/" + a.id, open: a === focus }, [
    h("span", { class: "kind dim" }, words(a.kind)),
    h("span", { class: "grow title" }, a.name),
    h("span", { class: "dim" }, a.provider),
    h("code", { class: "place" }, a.locations[0] ? place(a.locations[0]) : ""),
    findingsOn.has(a.id) && severityChip(findingsOn.get(a.id)[0].severity, findingsOn.get(a.id).length),
  ], () => assetBody(a)), "asset");

  function apply(show) {
    focus = show ?? null;
    const query = search.value.trim();
    list.set(sorted.filter((a) => facets.every((x) => x.admits(a)) &&
      (!query || matches([a.id, a.name, a.kind, a.provider, ...a.locations.map(place), shown(a.properties)].join("\n").toLowerCase(), query))), focus);
  }
  apply();
  return {
    nodes: [h("h2", null, "Inventory"), h("div", { class: "sided" },
      h("aside", { class: "panel" }, search, facets.map((x) => x.node)), list.root)],
    show(id) {
      const a = assets.get(id);
      if (!a) return;
      search.value = "";
      facets.forEach((x) => x.clear());
      apply(a);
    },
  };
}
