import { all, tokens } from "./llm.js";
import escapeHtml from "escape-html";
import Handlebars from "handlebars";

const card = Handlebars.compile("<b>{{title}}</b>: {{text}}");

export async function typewriter(el, prompt) {
  el.innerHTML = "";
  for await (const t of tokens(prompt)) {
    el.insertAdjacentHTML("beforeend", t);
  }
}

export async function typewriterText(el, prompt) {
  for await (const t of tokens(prompt)) {
    el.append(document.createTextNode(t));
  }
}

export async function boxed(el, prompt) {
  const text = await all(prompt);
  el.innerHTML = `<pre>${escapeHtml(text)}</pre>`;
}

export async function boxedRaw(el, prompt) {
  const lines = (await all(prompt)).split("\n").map((l) => `<li>${l}</li>`);
  el.innerHTML = `<ul>${lines.join("")}</ul>`;
}

export async function themed(prompt, data) {
  const source = await all(`handlebars template for ${prompt}`);
  const render = Handlebars.compile(source);
  return render(data);
}

export async function plain(prompt) {
  return card({ title: "Answer", text: await all(prompt) });
}

export async function follow(prompt) {
  const target = await all(`next URL for ${prompt}`);
  window.location.href = target;
}
