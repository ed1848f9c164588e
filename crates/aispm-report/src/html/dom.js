// Elements from names and texts. Every text passes `inert`, so nothing from a scanned file is markup or steers the reader.

const SVG = "http://www.w3.org/2000/svg";
const HAZARD =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;

function inert(text) {
  return String(text).replace(HAZARD, (c) =>
    c === "\n" || c === "\r" || c === "\t" ? " " : "\\u{" + c.codePointAt(0).toString(16) + "}",
  );
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : inert(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(inert(child)));
  }
  return element;
}

/** A text in which what stands between back quotes is set as code. */
function prose(text) {
  const parts = String(text).split("`");
  if (parts.length < 3 || parts.length % 2 === 0) return [text];
  return parts.map((part, i) => (i % 2 ? fill(document.createElement("code"), null, [part]) : part));
}

const SET_CODE = new Set(["p", "a", "h3", "li", "span", "strong", "dd"]);

/** An HTML element. Attribute values and children that are no nodes are texts. */
function h(tag, attributes, ...children) {
  const set = SET_CODE.has(tag) ? children.flat(Infinity).map((c) => (typeof c === "string" ? prose(c) : c)) : children;
  return fill(document.createElement(tag), attributes, set);
}

/** An SVG element. */
function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Code as it is, line by line. */
function code(text) {
  const lines = String(text).replace(/\n+$/, "").split("\n");
  const pre = h("pre", { tabindex: "0" });
  lines.forEach((line, i) => {
    pre.append(inert(line.replace(/\t/g, "    ")));
    if (i + 1 < lines.length) pre.append("\n");
  });
  return pre;
}

/** A link inside the page. */
function link(section, id, ...text) {
  return h("a", { href: "#" + section + "/" + encodeURIComponent(id) }, ...text);
}

function plural(n, noun) {
  return n.toLocaleString("en") + " " + noun + (n === 1 ? "" : "s");
}

function words(name) {
  return String(name).replaceAll("_", " ");
}

/** A table of names and values; rows without a value are left out. */
function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value.length !== 0);
  return h("dl", { class: "facts" }, shown.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/** A disclosure whose body is built when it is first opened. */
function fold(attributes, summary, body) {
  const details = h("details", attributes, h("summary", null, summary));
  let built = false;
  const build = () => {
    if (!built) {
      built = true;
      details.append(h("div", { class: "body" }, body()));
    }
  };
  if (details.open) build();
  details.addEventListener("toggle", () => details.open && build());
  return details;
}
