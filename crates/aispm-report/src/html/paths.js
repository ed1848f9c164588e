// Attack paths, drawn from top to bottom: a row for each depth, an AND where a step needs several, and, beside the drawing,
// what the chosen step stands on.

const BOX = { width: 252, height: 78, across: 24, down: 56, pad: 14, lane: 24 };

/** Steps as nodes with the row each stands in: as late as what follows allows, so that edges stay short. */
function levels(path) {
  const nodes = new Map([["entry", { id: "entry", step: null, row: 0, needs: [] }]]);
  for (const step of path.steps) {
    const known = step.needs.filter((n) => nodes.has(n));
    const needs = known.length ? known : ["entry"];
    nodes.set(step.id, { id: step.id, step, needs, row: 1 + Math.max(...needs.map((n) => nodes.get(n).row)) });
  }
  for (const node of [...nodes.values()].reverse()) {
    const after = [...nodes.values()].filter((n) => n.needs.includes(node.id));
    if (node.step && after.length) node.row = Math.min(...after.map((n) => n.row)) - 1;
  }
  return nodes;
}

/** Rows of boxes and of lanes, through which edges that skip a row pass it. */
function layout(path) {
  const nodes = levels(path);
  const rows = [];
  const put = (item, row) => ((rows[row] ??= []).push(item), item);
  const edges = [];
  for (const node of nodes.values()) {
    put(Object.assign(node, { width: BOX.width, above: node.needs.map((n) => nodes.get(n)) }), node.row);
    for (const id of node.needs) {
      const from = nodes.get(id);
      const lanes = [];
      for (let row = from.row + 1; row < node.row; row += 1) lanes.push(put({ width: BOX.lane, above: [lanes[lanes.length - 1] ?? from] }, row));
      edges.push({ from, lanes, to: node });
    }
  }
  const span = (row) => row.reduce((sum, item) => sum + item.width + BOX.across, -BOX.across);
  const width = Math.max(...rows.map(span));
  rows.forEach((row, depth) => {
    const middle = (item) => item.above.reduce((sum, x) => sum + x.x + x.width / 2, 0) / (item.above.length || 1);
    if (depth > 0) row.sort((a, b) => middle(a) - middle(b));
    let x = BOX.pad + (width - span(row)) / 2;
    for (const item of row) {
      Object.assign(item, { x, y: BOX.pad + depth * (BOX.height + BOX.down) });
      x += item.width + BOX.across;
    }
  });
  return { nodes: [...nodes.values()], edges, width: width + 2 * BOX.pad, height: rows.length * (BOX.height + BOX.down) - BOX.down + 2 * BOX.pad };
}

/** Words in lines of at most `max` characters, at most `lines` of them. */
function wrapped(text, max, lines) {
  const out = [""];
  for (let word of inert(text).split(/\s+/)) {
    if (word.length > max) word = word.slice(0, max - 1) + "…";
    const last = out[out.length - 1];
    if (last === "") out[out.length - 1] = word;
    else if (last.length + 1 + word.length <= max) out[out.length - 1] += " " + word;
    else out.push(word);
  }
  if (out.length > lines) {
    out.length = lines;
    out[lines - 1] = out[lines - 1].slice(0, max - 1) + "…";
  }
  return out;
}

function box(node, path, choose) {
  const last = node.step && node.step === path.steps[path.steps.length - 1];
  const name = node.step ? called(node.step.to) : called(path.entry);
  const grants = node.step ? node.step.grants : "the attacker starts here";
  const style = node.step ? (last ? "goal" : "step") : "entry";
  const plain = inert(name);
  const title = plain.length > 27 ? plain.slice(0, 26) + "…" : plain;
  const lines = wrapped(grants, 38, 2);
  const possible = node.step?.certainty === "possible" ? " possible" : "";
  const pick = (event) => {
    if (event.type === "click" || event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(node);
    }
  };
  const kind = node.step ? words(assets.get(node.step.to)?.kind ?? "") : "entry point";
  return s(
    "g",
    { class: "node " + style + possible, transform: "translate(" + node.x + " " + node.y + ")", tabindex: "0", role: "button",
      "aria-label": (node.step ? node.step.id + ": " : "") + name + ": " + grants, onclick: pick, onkeydown: pick },
    s("rect", { width: BOX.width, height: BOX.height, rx: 10 }),
    s("text", { class: "small", x: 14, y: 19 }, (node.step ? node.step.id + " · " : "") + kind),
    s("text", { class: "name", x: 14, y: 37 }, title),
    lines.map((line, i) => s("text", { class: "what", x: 14, y: 54 + i * 15 }, line)),
    s("title", null, name + ": " + grants),
  );
}

function drawEdge({ from, lanes, to }) {
  const joined = to.needs.length > 1;
  const point = (item, y) => ({ x: item.x + item.width / 2, y });
  const stops = [point(from, from.y + BOX.height)];
  for (const lane of lanes) stops.push(point(lane, lane.y), point(lane, lane.y + BOX.height));
  stops.push(point(to, to.y - (joined ? 26 : 0)));
  let d = "M" + stops[0].x + " " + stops[0].y;
  for (let i = 1; i < stops.length; i += 1) {
    const [a, b] = [stops[i - 1], stops[i]];
    const bend = (b.y - a.y) / 2;
    d += "C" + a.x + " " + (a.y + bend) + " " + b.x + " " + (b.y - bend) + " " + b.x + " " + b.y;
  }
  return s("path", { class: edgeStyle(to), d, "marker-end": joined ? null : "url(#arrow)" });
}

function edgeStyle(node) {
  return "edge" + (node.step?.certainty === "possible" ? " possible" : "");
}

/** The mark where a step needs several others. */
function drawJoin(node) {
  if (node.needs.length < 2) return null;
  const x = node.x + node.width / 2;
  const y = node.y - 26;
  return [
    s("path", { class: edgeStyle(node), d: "M" + x + " " + y + "V" + node.y, "marker-end": "url(#arrow)" }),
    s("g", { class: "and", transform: "translate(" + x + " " + y + ")" }, s("circle", { r: 15 }), s("text", { "text-anchor": "middle", y: 4 }, "AND")),
  ];
}

function draw(path, choose) {
  const { nodes, edges, width, height } = layout(path);
  const svg = s("svg", { class: "graph", width, height, viewBox: "0 0 " + width + " " + height, role: "group", "aria-label": "Attack path" },
    s("defs", null, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, s("path", { class: "tip", d: "M0 0L8 4L0 8z" }))),
    edges.map(drawEdge), nodes.map(drawJoin));
  const drawn = nodes.map((n) => {
    const node = box(n, path, (chosen) => {
      svg.querySelectorAll(".node").forEach((x) => x.classList.remove("chosen"));
      node.classList.add("chosen");
      choose(chosen);
    });
    return node;
  });
  svg.append(...drawn);
  return svg;
}

function stepDetail(path, step) {
  if (!step) return [h("h3", null, called(path.entry)), h("p", null, "An entry point: where the attacker starts.")];
  const needs = step.needs.length ? step.needs.join(" AND ") : "nothing but the entry point";
  return [
    h("h3", null, step.id + ": " + called(step.from) + " → " + called(step.to)),
    h("p", null, h("strong", null, step.grants), step.certainty === "possible" && h("span", { class: "warn" }, " possible: something it depends on could not be read")),
    h("p", null, step.why),
    facts([
      ["needs", needs],
      ["technique", step.technique ? control(step.technique) : null],
      ["attack step", h("code", null, step.kind)],
      ["seen at", step.evidence.length ? h("span", { class: "places" }, step.evidence.map((l) => h("code", null, place(l)))) : null],
      ["stands on", step.findings.length ? h("span", null, step.findings.map((id, i) => [i > 0 && ", ", link("findings", id, findings.get(id)?.title ?? id)])) : null],
      ["asset", assets.has(step.to) ? link("inventory", step.to, step.to) : step.to],
    ]),
  ];
}

function pathsView() {
  if (report.paths.length === 0) return { nodes: [h("h2", null, "Attack paths"), h("p", null, "No attack path found.")], show() {} };
  const stage = h("div", { class: "stage panel" });
  const head = h("div", { class: "pathhead" });
  const detail = h("div", { class: "panel detail", role: "status" });
  const list = paged((p) => h("button", { type: "button", class: "pick", "data-id": p.id, onclick: () => (location.hash = "paths/" + p.id) },
    severityChip(p.severity), h("span", { class: "grow" }, p.title), h("span", { class: "dim" }, Math.round(p.score))), "path");
  list.set(report.paths);

  function show(id) {
    const path = paths.get(id) ?? report.paths[0];
    list.set(report.paths, path);
    list.root.querySelectorAll(".pick").forEach((b) => b.setAttribute("aria-current", String(b.dataset.id === path.id)));
    head.replaceChildren(
      h("h3", null, severityChip(path.severity), " ", path.title),
      h("p", { class: "dim" }, "score " + Math.round(path.score) + " · " + path.certainty + " · " + plural(path.steps.length, "step") + " · " + path.id),
      ...path.cuts.slice(0, 3).map((cut, i) => h("p", null, h("span", { class: "good" }, i === 0 ? "Cut by " : "or by "),
        cut.map((x, n) => [n > 0 && " AND ", link("fixes", x, fixes.get(x)?.title ?? x)]))),
    );
    stage.replaceChildren(draw(path, (node) => detail.replaceChildren(...stepDetail(path, node.step))));
    detail.replaceChildren(...stepDetail(path, path.steps[path.steps.length - 1]));
    stage.querySelector(".node.goal")?.classList.add("chosen");
  }
  show(report.paths[0].id);
  return { nodes: [h("h2", null, "Attack paths"), h("div", { class: "sided" }, h("aside", { class: "picks" }, list.root), h("div", null, head, h("div", { class: "drawing" }, stage, detail)))], show };
}
