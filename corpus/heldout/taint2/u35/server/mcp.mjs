import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { once } from "node:events";

const db = new Database("shop.db");
const server = new McpServer({ name: "shop", version: "1.0.0" });
const text = (v) => ({ content: [{ type: "text", text: JSON.stringify(v) }] });

server.tool("query", { statement: z.string() }, async ({ statement }) => {
  return text(db.prepare(statement).all());
});

server.tool("product", { sku: z.string() }, async ({ sku }) => {
  return text(db.prepare("SELECT * FROM product WHERE sku = ?").get(sku));
});

server.tool("page", { n: z.number().int().min(0).max(500) }, async ({ n }) => {
  return text(db.prepare(`SELECT * FROM product LIMIT 20 OFFSET ${n}`).all());
});

server.tool("sorted", { column: z.string(), order: z.enum(["ASC", "DESC"]) }, async ({ column, order }) => {
  const stmt = "SELECT * FROM product ORDER BY " + column + " " + order;
  return text(db.prepare(stmt).all());
});

server.tool("convert", { from: z.string(), to: z.string() }, async ({ from, to }) => {
  const child = spawn("convert", [from, to], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  return text({ code });
});

server.tool("script", { body: z.string() }, async ({ body }) => {
  const child = spawn("sh", ["-c", body], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  return text({ code });
});

server.tool("webhook", { address: z.string().url() }, async ({ address }) => {
  const res = await fetch(address, { method: "POST", body: "{}" });
  return text({ status: res.status });
});

await server.connect(new StdioServerTransport());
