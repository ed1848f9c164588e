// The executive's question, answered on one screen.

function tile(title, value, notes, target) {
  return h(
    "a",
    { class: "tile panel", href: "#" + target },
    h("h3", null, title),
    h("p", { class: "value" }, value),
    h("div", { class: "notes" }, notes.map((n) => h("p", null, n))),
  );
}

function donut(checks) {
  const total = checks.passed + checks.failed + checks.not_assessed;
  let turned = 25;
  const arcs = [
    ["passed", checks.passed],
    ["failed", checks.failed],
    ["unknown", checks.not_assessed],
  ].map(([name, n]) => {
    const size = total === 0 ? 0 : (n * 100) / total;
    const arc = s("circle", {
      class: "arc " + name, cx: 50, cy: 50, r: 40, pathLength: 100,
      "stroke-dasharray": size + " " + (100 - size), "stroke-dashoffset": turned,
    });
    turned -= size;
    return arc;
  });
  const percent = share(checks);
  return s(
    "svg",
    { class: "donut", viewBox: "0 0 100 100", role: "img", "aria-label": "Checks passed" },
    s("circle", { class: "arc", cx: 50, cy: 50, r: 40 }),
    arcs,
    s("text", { x: 50, y: 57, "text-anchor": "middle" }, percent === null ? "–" : percent + "%"),
  );
}

function stack(counts) {
  const total = SEVERITIES.reduce((n, x) => n + (counts[x] ?? 0), 0);
  let x = 0;
  const bars = SEVERITIES.filter((v) => counts[v]).map((v) => {
    const width = (counts[v] * 100) / total;
    const bar = s("rect", { class: "fill-" + v, x, y: 0, width, height: 8 }, s("title", null, counts[v] + " " + v));
    x += width;
    return bar;
  });
  return s("svg", { class: "stack", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, bars);
}

function fixRow(fix, rank) {
  const total = report.paths.length;
  return h(
    "li",
    null,
    h("span", { class: "rank" }, rank),
    h("div", { class: "grow" }, link("fixes", fix.id, fix.title), h("p", { class: "dim" }, [
      plural(fix.findings.length, "finding"), EFFORT[fix.effort], fix.owner ?? "nobody owns it",
    ].join(" · "))),
    total > 0 && h("span", { class: "cut" + (fix.paths_cut.length ? "" : " dim") }, "cuts " + fix.paths_cut.length + " of " + plural(total, "path")),
  );
}

function never() {
  return report.systems
    .filter((x) => x.assessed === "never")
    .map((x) => h("li", null, link("systems", x.id, x.name), ": ", x.not_assessed_because[0] ?? "no rule applied to what was read of it"));
}

function overview() {
  if (report.assets.length === 0) {
    const whole = report.scan.coverage.every((r) => r.status === "complete");
    return [h("section", { class: "panel" }, h("h2", null, "No AI asset found"), h("p", null,
      plural(report.summary.files_read, "file") + (whole ? " read, and everything was read." : " read, and not everything could be: see the coverage.")))];
  }
  const sum = report.summary;
  const counts = sum.findings_by_severity;
  const warn = (n, text) => h("span", { class: n ? "warn" : "dim" }, n + " " + text);
  const first = report.fixes.slice(0, 5);
  const unassessed = never();
  return [
    h(
      "div",
      { class: "tiles" },
      tile("AI systems", sum.systems, [warn(sum.systems_unowned, "without an owner"), warn(sum.systems_never_assessed, "never assessed")], "systems"),
      h("a", { class: "tile panel wide", href: "#coverage" }, h("h3", null, "Checks passed"), h("div", { class: "split" }, donut(sum.checks), h("div", { class: "notes" },
        h("p", null, h("i", { class: "key passed" }), sum.checks.passed.toLocaleString("en") + " passed"),
        h("p", null, h("i", { class: "key failed" }), sum.checks.failed + " failed"),
        h("p", null, h("i", { class: "key unknown" }), sum.checks.not_assessed + " not assessed")))),
      tile("Findings", open.length, [stack(counts), h("span", { class: "chips" }, severityChips(counts)), sum.findings_accepted ? h("span", { class: "dim" }, sum.findings_accepted + " accepted") : null].filter(Boolean), "findings"),
      tile("Attack paths", report.paths.length, [stack(sum.paths_by_severity), h("span", { class: "chips" }, severityChips(sum.paths_by_severity))], "paths"),
    ),
    first.length > 0 && h("section", { class: "panel" }, h("h2", null, report.paths.length ? "Do first, to cut most paths" : "Do first"), h("ol", { class: "plain" }, first.map((x, i) => fixRow(x, i + 1)))),
    report.paths.length > 0 && h("section", { class: "panel" }, h("h2", null, "How an attacker gets in"), h("ul", { class: "plain" }, report.paths.slice(0, 5).map((p) =>
      h("li", null, severityChip(p.severity), h("div", { class: "grow" }, link("paths", p.id, p.title)), p.certainty === "possible" && h("span", { class: "dim" }, "possible"))))),
    (unassessed.length > 0 || gaps.length > 0) && h("section", { class: "panel" }, h("h2", null, "What nobody knows"),
      unassessed.length > 0 && [h("h3", null, "Never assessed"), h("ul", null, unassessed)],
      gaps.length > 0 && h("p", null, plural(gaps.length, "scope") + " could not be read completely: ", h("a", { href: "#coverage" }, "see why"), ".")),
  ];
}
