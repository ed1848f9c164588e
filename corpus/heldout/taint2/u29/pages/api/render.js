import ejs from "ejs";
import pug from "pug";
import nunjucks from "nunjucks";
import OpenAI from "openai";

const openai = new OpenAI({ baseURL: "https://openrouter.ai/api/v1" });
const LAYOUT = "<h1><%= title %></h1><p><%= text %></p>";

class Writer {
  constructor(model) {
    this.model = model;
    this.cache = new Map();
  }

  async write(brief) {
    if (this.cache.has(brief)) return this.cache.get(brief);
    const r = await openai.responses.create({ model: this.model, input: brief });
    this.cache.set(brief, r.output_text);
    return r.output_text;
  }
}

const writer = new Writer("openai/gpt-4o-mini");

export default async function handler(req, res) {
  const { kind, brief } = req.query;
  const text = await writer.write(brief);
  switch (kind) {
    case "ejs":
      return res.send(ejs.render(text, { user: "guest" }));
    case "pug":
      return res.send(pug.compile(text)({ user: "guest" }));
    case "nunjucks":
      return res.send(nunjucks.renderString("<p>{{ text }}</p>", { text }));
    case "layout":
      return res.send(ejs.render(LAYOUT, { title: "Brief", text }));
    case "html":
      return res.send(`<article>${text}</article>`);
    default:
      return res.json({ text });
  }
}
