import { exec } from "child_process";
import fs from "fs";
import path from "path";
import express from "express";
import { NextResponse } from "next/server";
import nodemailer from "nodemailer";
import OpenAI from "openai";
import { Pool } from "pg";
import { PrismaClient } from "@prisma/client";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import ejs from "ejs";
import escapeHtml from "escape-html";

const app = express();
const client = new OpenAI();
const pool = new Pool();
const prisma = new PrismaClient();
const db = drizzle(pool);
const ALLOWED = ["up", "down"];
const COMMANDS: Record<string, string> = { up: "uptime" };

async function ask(prompt: string) {
  const reply = await client.responses.create({ model: "gpt-4o", input: prompt });
  return reply.output_text;
}

app.get("/page", async (req, res) => {
  const text = await ask("hello");
  const html = `<html><body>${text}</body></html>`;
  res.send(html); // expect: taint html
});

app.get("/typed", async (req, res) => {
  res.type("html").send(`<p>${await ask("hello")}</p>`); // expect: taint html
});

app.get("/ended", async (req, res) => {
  res.setHeader("Content-Type", "text/html");
  res.end("<p>" + (await ask("hello")) + "</p>"); // expect: taint html
});

app.get("/safe", async (req, res) => {
  res.send(`<p>${escapeHtml(await ask("hello"))}</p>`);
});

app.get("/json", async (req, res) => {
  res.json({ html: `<p>${await ask("hello")}</p>` });
});

app.get("/go", async (req, res) => {
  res.redirect(await ask("where")); // expect: taint url
});

export async function GET() {
  const text = await ask("hello");
  return new Response(`<p>${text}</p>`, { headers: { "Content-Type": "text/html" } }); // expect: taint html
}

export async function POST() {
  const text = await ask("hello");
  return new NextResponse(text, { headers: { "content-type": "text/plain" } });
}

export async function queries(prompt: string) {
  const query = await ask(prompt);
  await pool.query(query); // expect: taint sql
  await pool.query("select * from t where a = $1", [query]);
  await prisma.$queryRawUnsafe(query); // expect: taint sql
  await prisma.$queryRaw`select * from t where a = ${query}`;
  await db.execute(sql.raw(query)); // expect: taint sql
  await db.execute(sql`select * from t where a = ${query}`);
}

export async function mail(to: string) {
  const body = await ask("newsletter");
  const transport = nodemailer.createTransport({});
  await transport.sendMail({ to, html: body }); // expect: taint html
  await transport.sendMail({ to, text: body });
}

export async function templates() {
  const text = await ask("x");
  ejs.render(text, {}); // expect: taint template
  ejs.render("<p><%= text %></p>", { text });
}

export async function page() {
  const text = await ask("x");
  const box = document.getElementById("out")!;
  box.innerHTML += `<li>${text}</li>`; // expect: taint html
  box.insertAdjacentHTML("beforeend", text); // expect: taint html
  box.append(text);
  document.write(text); // expect: taint html
  const frame = document.createElement("iframe");
  frame.srcdoc = text; // expect: taint html
  box.innerHTML = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  box.innerHTML = encode(text);
}

function encode(text: string) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export async function guards(prompt: string) {
  const verb = await ask(prompt);
  exec(COMMANDS[verb]);
  if (/^[a-z0-9_]+$/.test(verb)) exec(`svc ${verb}`);
  if (/[a-z]+/.test(verb)) exec(`svc ${verb}`); // expect: taint shell
  exec(`svc ${verb.replace(/[^\w-]/g, "")}`);
  switch (verb) {
    case "up":
      exec("svc up");
      break;
    default:
      exec(verb); // expect: taint shell
  }
  fs.writeFileSync(path.join("out", path.basename(verb)), "x");
  fs.writeFileSync(path.join("out", verb), "x"); // expect: taint file-path
  const target = path.resolve("/srv", verb);
  if (!target.startsWith("/srv" + path.sep)) throw new Error("outside");
  fs.readFileSync(target);
  const url = new URL(verb);
  if (!["docs.acme.example"].includes(url.hostname)) return;
  await fetch(url);
  if (!ALLOWED.includes(verb)) return;
  exec(`svc ${verb}`);
}

export async function unguarded(prompt: string) {
  const link = await ask(prompt);
  await fetch(link); // expect: taint url
  await fetch(`https://api.acme.example/${encodeURIComponent(link)}`);
  await import(link); // expect: taint code
}
