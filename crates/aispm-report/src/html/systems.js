// AI systems and fix groups.

function meter(posture) {
  const percent = share(posture);
  if (percent === null) return h("p", { class: "dim" }, "No check could be made");
  return h(
    "div",
    { class: "meter" },
    s("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      s("rect", { class: "track", width: 100, height: 6 }), s("rect", { class: "level", width: percent, height: 6 })),
    h("span", null, percent + " % passed"),
    posture.not_assessed > 0 && h("span", { class: "warn" }, posture.not_assessed + " not assessed"),
  );
}

const ASSESSED = { assessed: ["good", "assessed"], partly: ["", "partly assessed"], never: ["warn", "never assessed"] };

function systemCard(x) {
  const members = new Set([...x.assets, x.id]);
  const counts = bySeverity(open.filter((f) => members.has(f.asset)));
  const kinds = grouped(x.assets.map((id) => assets.get(id)).filter(Boolean).map((a) => [a.kind, a]));
  const [style, word] = ASSESSED[x.assessed] ?? ["", x.assessed];
  return h(
    "article",
    { class: "panel system", id: "systems/" + x.id, tabindex: "-1" },
    h("h3", null, x.name),
    h("p", null, x.owner ? h("span", null, "Owned by ", h("strong", null, x.owner)) : h("span", { class: "warn" }, "Nobody owns it"),
      " · ", x.lifecycle ?? "life cycle unknown", " · ", h("span", { class: style }, word)),
    x.purpose && h("p", null, x.purpose),
    x.risk_class && h("p", { class: "dim" }, "Risk class ", x.risk_class),
    meter(x.posture),
    h("p", { class: "chips" }, x.assessed === "never" && !SEVERITIES.some((v) => counts[v])
      ? h("span", { class: "dim" }, "What is wrong with it, nobody knows") : severityChips(counts)),
    x.not_assessed_because.length > 0 && h("ul", { class: "dim" }, x.not_assessed_because.map((r) => h("li", null, r))),
    x.paths.length > 0 && h("ul", null, x.paths.map((id) => paths.get(id)).filter(Boolean).map((p) => h("li", null, link("paths", p.id, p.title)))),
    fold({}, plural(x.assets.length, "asset"), () =>
      facts([...kinds].map(([kind, list]) => [words(kind), h("span", null, list.map((a, i) => [i > 0 && ", ", link("inventory", a.id, a.name)]))]))),
  );
}

function systemsView() {
  return [h("h2", null, "AI systems"), report.systems.length === 0 ? h("p", null, "No AI system found.") : h("div", { class: "cards" }, report.systems.map(systemCard))];
}

function fixBody(fix) {
  return [
    facts([
      ["owner", fix.owner ?? "nobody"],
      ["work", EFFORT[fix.effort]],
      ["risk", fix.safe ? "cannot break a working system" : "may break something: test it"],
      ["systems", fix.systems.map(called).join(", ")],
      ["where", fix.locations.length ? h("span", { class: "places" }, fix.locations.slice(0, 20).map((l) => h("code", null, place(l)))) : null],
    ]),
    fix.paths_cut.length > 0 && [h("h4", null, "Attack paths that are gone then"), h("ul", null, fix.paths_cut.map((id) => h("li", null, link("paths", id, paths.get(id)?.title ?? id))))],
    fix.findings.length > 0 && [h("h4", null, "Findings it ends"), h("ul", null, fix.findings.slice(0, 100).map((id) => {
      const f = findings.get(id);
      return h("li", null, f && severityChip(f.severity), " ", link("findings", id, f?.title ?? id), " ", f?.locations[0] && h("code", null, place(f.locations[0])));
    })), fix.findings.length > 100 && h("p", { class: "dim" }, "and " + (fix.findings.length - 100) + " more")],
  ];
}

function fixesView() {
  const total = report.paths.length;
  const list = paged((fix) => {
    const rank = report.fixes.indexOf(fix) + 1;
    return fold({ class: "row", id: "fixes/" + fix.id }, [
      h("span", { class: "rank" }, rank),
      severityChip(fix.severity),
      h("span", { class: "grow title" }, fix.title),
      h("span", { class: "cut" + (fix.paths_cut.length ? "" : " dim") }, fix.paths_cut.length + " of " + plural(total, "path") + " cut"),
      h("span", { class: "dim" }, plural(fix.findings.length, "finding") + " · " + EFFORT[fix.effort]),
    ], () => fixBody(fix));
  }, "fix group");
  list.set(report.fixes);
  return {
    nodes: [h("h2", null, "Fix queue"), h("p", { class: "dim" }, "One change each, the one that removes most attack paths first."), list.root],
    show: (id) => list.set(report.fixes, fixes.get(id)),
  };
}
