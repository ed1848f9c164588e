import express from "express";
import ejs from "ejs";
import Handlebars from "handlebars";
import { ChatOpenAI } from "@langchain/openai";

const app = express();
const llm = new ChatOpenAI({ model: "gpt-4o-mini" });
const LAYOUT = "<h1>Answer</h1><p><%= answer %></p>";
const CARD = Handlebars.compile("<div class='card'>{{answer}}</div>");

app.get("/custom", async (req, res) => {
  const reply = await llm.invoke(`Write an EJS template about ${req.query.topic}`);
  const page = ejs.render(reply.content, { user: req.query.user });
  res.type("html").end(page);
});

app.get("/fixed", async (req, res) => {
  const reply = await llm.invoke(`Explain ${req.query.topic}`);
  const page = ejs.render(LAYOUT, { answer: reply.content });
  res.type("html").end(page);
});

app.get("/card", async (req, res) => {
  const { content } = await llm.invoke(`Explain ${req.query.topic}`);
  res.type("html").end(CARD({ answer: content }));
});

app.get("/mail", async (req, res) => {
  const { content } = await llm.invoke(`A Handlebars mail for ${req.query.topic}`);
  const template = Handlebars.compile(content);
  res.type("html").end(template({ user: req.query.user }));
});

app.listen(8080);
