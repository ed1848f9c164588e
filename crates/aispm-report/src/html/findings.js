// Findings with filters and search.

function findingBody(f) {
  const asset = assets.get(f.asset);
  const cutting = pathsOf.get(f.id) ?? [];
  const ending = fixesOf.get(f.id) ?? [];
  return [
    h("p", { class: "why" }, f.why),
    f.severity_reason && h("p", { class: "dim" }, f.severity + " here: " + f.severity_reason),
    f.accepted && h("p", { class: "warn" }, "Accepted: " + f.accepted),
    h("h4", null, "Why it matters"), h("p", null, f.impact),
    h("h4", null, "How to fix it"), h("p", null, f.remediation.summary, " ", h("span", { class: "dim" },
      "(" + EFFORT[f.remediation.effort] + (f.remediation.safe ? ", safe" : ", test it") + ")")),
    [["Terraform", "terraform"], ["Command", "cli"], ["Code", "code"]].filter(([, key]) => f.remediation[key]).map(([name, key]) => [h("h5", null, name), code(f.remediation[key])]),
    facts([
      ["where", h("span", { class: "places" }, f.locations.slice(0, 50).map((l) => h("code", null, place(l))))],
      ["asset", asset ? link("inventory", asset.id, words(asset.kind) + " " + asset.name) : f.asset],
      ["system", systemOf(f.asset)?.name],
      ["rule", h("code", null, f.rule)],
      ["confidence", f.confidence],
      ["finding", h("code", null, f.id)],
      ...Object.entries(f.evidence).map(([name, value]) => [words(name), shown(value)]),
      ["controls", f.controls.map(control).join(" · ")],
      ["also found by", (f.sources ?? []).join(" · ")],
    ]),
    ending.length > 0 && [h("h4", null, "Fix groups that end it"), h("ul", null, ending.map((x) => h("li", null, link("fixes", x.id, x.title))))],
    cutting.length > 0 && [h("h4", null, "Attack paths that stand on it"), h("ul", null, cutting.map((p) => h("li", null, link("paths", p.id, p.title))))],
  ];
}

function haystack(f) {
  f.hay ??= [f.id, f.rule, f.title, f.why, f.asset, called(f.asset), systemOf(f.asset)?.name, ...f.locations.map(place), ...f.controls.map(control)]
    .join("\n")
    .toLowerCase();
  return f.hay;
}

function findingsView() {
  const count = bySeverity(open);
  const search = searchBox("Search findings", () => apply());
  const severity = toggles(SEVERITIES.filter((x) => count[x]).map((x) => [x, count[x] + " " + x, "sev-" + x]), () => apply());
  const system = select("All systems", report.systems.map((x) => [x.id, x.name]), () => apply());
  const titles = new Map(report.findings.map((f) => [f.rule, f.title]));
  const ruleNames = [...grouped(report.findings.map((f) => [f.rule, f]))].map(([rule, list]) => [rule, titles.get(rule) + " (" + list.length + ")"]);
  const rule = select("All rules", ruleNames.sort((a, b) => (a[1] < b[1] ? -1 : 1)), () => apply());
  const accepted = h("input", { type: "checkbox", onchange: () => apply() });
  let focus = null;
  const list = paged((f) => fold({ class: "row" + (f.accepted ? " accepted" : ""), id: "findings/" + f.id, open: f === focus }, [
    severityChip(f.severity),
    h("span", { class: "grow title" }, f.title, f.accepted && h("span", { class: "dim" }, " (accepted)")),
    h("code", { class: "place" }, f.locations[0] ? place(f.locations[0]) : called(f.asset)),
    h("span", { class: "dim who" }, systemOf(f.asset)?.name),
    (pathsOf.get(f.id)?.length ?? 0) > 0 && h("span", { class: "chip onpath" }, "on " + plural(pathsOf.get(f.id).length, "path")),
  ], () => findingBody(f)), "finding");

  function apply(show) {
    focus = show ?? null;
    const query = search.value.trim();
    list.set(report.findings.filter((f) =>
      (accepted.checked || !f.accepted) &&
      severity.admits(f.severity) &&
      (!system.value || systemOf(f.asset)?.id === system.value) &&
      (!rule.value || f.rule === rule.value) &&
      (!query || matches(haystack(f), query))), focus);
  }
  apply();
  return {
    nodes: [h("h2", null, "Findings"),
      h("div", { class: "tools" }, search, severity.buttons, system, rule,
        report.summary.findings_accepted > 0 && h("label", null, accepted, " accepted too")),
      list.root],
    show(id) {
      const f = findings.get(id);
      if (!f) return;
      search.value = system.value = rule.value = "";
      severity.clear();
      accepted.checked ||= Boolean(f.accepted);
      apply(f);
    },
  };
}
