const express = require("express");
const { exec } = require("child_process");
const sqlite3 = require("sqlite3");
const { GoogleGenAI } = require("@google/genai");

const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const db = new sqlite3.Database("app.db");
const app = express();
app.use(express.json());

app.post("/lint", async (req, res) => {
  const { branch, question } = req.body;
  const response = await ai.models.generateContent({ model: "gemini-2.5-flash", contents: question });
  exec(`git checkout ${branch}`, (err) => {
    res.json({ ok: !err, answer: response.text });
  });
});

app.post("/store", async (req, res) => {
  const response = await ai.models.generateContent({ model: "gemini-2.5-flash", contents: req.body.question });
  const answer = response.text;
  db.run(`INSERT INTO answers(body) VALUES ('${answer}')`);
  db.run(`INSERT INTO usage(total) VALUES (${response.usageMetadata.totalTokenCount})`);
  db.run("INSERT INTO answers2(body) VALUES (?)", [answer]);
  res.json({ answer });
});

app.post("/dead", async (req, res) => {
  const response = await ai.models.generateContent({ model: "gemini-2.5-flash", contents: req.body.question });
  let command = response.text;
  console.log("model proposed", command);
  command = "npm run lint";
  exec(command, (err, stdout) => res.send({ stdout }));
});

app.listen(4000);
