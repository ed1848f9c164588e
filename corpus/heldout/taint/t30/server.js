import express from "express";
import Anthropic from "@anthropic-ai/sdk";
import escapeHtml from "escape-html";

const app = express();
const anthropic = new Anthropic();
app.use(express.json());

async function complete(question) {
  const msg = await anthropic.messages.create({
    model: "claude-sonnet-4-20250514",
    max_tokens: 800,
    messages: [{ role: "user", content: question }],
  });
  const block = msg.content.find((b) => b.type === "text");
  return { text: block ? block.text : "", tokens: msg.usage.output_tokens };
}

app.post("/answer", async (req, res) => {
  const { text } = await complete(req.body.question);
  res.send(`<article>${text}</article>`);
});

app.post("/answer/escaped", async (req, res) => {
  const { text } = await complete(req.body.question);
  res.send(`<article>${escapeHtml(text)}</article>`);
});

app.post("/cost", async (req, res) => {
  const { tokens } = await complete(req.body.question);
  res.send(`<p>Used ${tokens} tokens</p>`);
});

app.listen(3000);
