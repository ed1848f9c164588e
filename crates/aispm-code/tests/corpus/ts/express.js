const express = require("express");
const { Anthropic } = require("@anthropic-ai/sdk");
const app = express();
const anthropic = new Anthropic();

async function ask(text) {
  const message = await anthropic.messages.create({ model: "claude-3-haiku-20240307", max_tokens: 10, messages: [{ role: "user", content: text }] }); // expect: model anthropic/claude-3-haiku-20240307; input http-request
  return message.content[0].text;
}

app.post("/ask", async (req, res) => { // expect: endpoint POST /ask
  const answer = await ask(req.body.text);
  const f = new Function("x", answer); // expect: taint code
  res.json({ answer: f(1) });
});

app.get("/users", (req, res) => res.json([]));
