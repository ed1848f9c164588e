// What was read, what was not, and the receipt of the run.

function reasons(title, rows, name) {
  if (rows.length === 0) return null;
  return h("section", { class: "panel" }, h("h3", null, title), h("ul", { class: "plain" }, byReason(rows).map(([reason, list]) =>
    h("li", null, fold({ class: "row" }, [h("span", { class: "rank warn" }, list.length), h("span", { class: "grow" }, reason)], () => {
      const names = [...new Set(list.map(name))].sort();
      return [h("p", { class: "places" }, names.slice(0, 500).map((n) => h("code", null, n))), names.length > 500 && h("p", { class: "dim" }, "and " + (names.length - 500) + " more")];
    })))));
}

function coverageView() {
  const unassessed = report.checks.filter((c) => c.outcome === "not_assessed");
  const leftOut = report.scan.coverage.filter((r) => r.status === "excluded");
  const whole = gaps.length === 0;
  const run = report.run;
  const times = Object.entries(run.durations).map(([name, ms]) => words(name) + " " + ms + " ms");
  return [
    h("h2", null, "Coverage"),
    h("p", null, plural(report.summary.files_read, "file") + " read in " + plural(report.scan.targets.length, "target") + ". ",
      whole ? (leftOut.length ? h("span", null, "Ignore files of the target left out " + plural(report.summary.paths_left_out, "path") + ".") : h("span", { class: "good" }, "Everything was read.")) : h("span", { class: "warn" }, plural(gaps.length, "scope") + " not read completely.")),
    reasons("Not read", gaps, (r) => r.scope),
    reasons("Left out", leftOut, (r) => r.scope),
    reasons("Checks not assessed", unassessed, (c) => c.rule + ": " + called(c.asset)),
    h("section", { class: "panel" }, h("h3", null, "Receipt"), facts([
      ["scan", h("code", null, run.id)],
      ["targets", report.scan.targets.join(", ")],
      ["from", run.started_at], ["to", run.finished_at],
      ["machine", run.host],
      ["program", report.tool.name + " " + report.tool.version + ", content " + report.tool.content_version],
      ["advisories to", report.tool.advisories || "unknown"],
      ["time", times.join(" · ")],
      ["network", run.network.length ? h("ul", null, run.network.map((n) => h("li", null, h("code", null, n.host), " ", n.why))) : "No host was contacted."],
    ])),
  ];
}
