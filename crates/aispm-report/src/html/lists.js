// Lists that stay quick with thousands of rows: a page at a time, filtered by what the reader chose.

const PAGE = 50;

/** A list of `items` drawn by `draw`, with a line that tells how many and buttons to turn pages. */
function paged(draw, noun) {
  const status = h("p", { class: "status", role: "status" });
  const rows = h("div", { class: "rows" });
  const previous = h("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const pager = h("div", { class: "pager" }, previous, next);
  const root = h("div", { class: "list" }, status, rows, pager);
  let items = [];
  let at = 0;

  function show() {
    const pages = Math.max(1, Math.ceil(items.length / PAGE));
    at = Math.min(at, pages - 1);
    const from = at * PAGE;
    rows.replaceChildren(...items.slice(from, from + PAGE).map(draw));
    const to = Math.min(from + PAGE, items.length);
    status.textContent =
      items.length <= PAGE ? plural(items.length, noun) : from + 1 + "–" + to + " of " + plural(items.length, noun);
    pager.hidden = pages === 1;
    previous.disabled = at === 0;
    next.disabled = at + 1 === pages;
  }
  function turn(by) {
    at += by;
    show();
    root.scrollIntoView({ block: "start" });
  }
  return {
    root,
    set(list, focus) {
      items = list;
      const found = focus ? list.indexOf(focus) : -1;
      at = found < 0 ? 0 : Math.floor(found / PAGE);
      show();
    },
  };
}

function searchBox(label, changed) {
  let timer = 0;
  return h("input", {
    type: "search",
    class: "search",
    placeholder: label,
    "aria-label": label,
    autocomplete: "off",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(changed, 120);
    },
  });
}

function select(label, options, changed) {
  return h(
    "select",
    { "aria-label": label, onchange: changed },
    h("option", { value: "" }, label),
    options.map(([value, text]) => h("option", { value }, text)),
  );
}

/** Buttons of which any number is pressed. */
function toggles(options, changed) {
  const pressed = new Set();
  const buttons = options.map(([value, text, style]) =>
    h(
      "button",
      {
        type: "button",
        class: "toggle " + (style ?? ""),
        "aria-pressed": "false",
        onclick: (event) => {
          pressed.has(value) ? pressed.delete(value) : pressed.add(value);
          event.currentTarget.setAttribute("aria-pressed", String(pressed.has(value)));
          changed();
        },
      },
      text,
    ),
  );
  return {
    buttons,
    admits: (value) => pressed.size === 0 || pressed.has(value),
    clear() {
      pressed.clear();
      buttons.forEach((b) => b.setAttribute("aria-pressed", "false"));
    },
  };
}

function matches(text, query) {
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
