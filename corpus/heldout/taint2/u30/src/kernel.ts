import { ChatOpenAI } from "@langchain/openai";
import { DynamicStructuredTool } from "@langchain/core/tools";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { z } from "zod";
import knex from "knex";
import mysql from "mysql2/promise";

const db = knex({ client: "mysql2", connection: process.env.MYSQL_URL });
const model = new ChatOpenAI({ model: "gpt-4o-mini" });
const chain = ChatPromptTemplate.fromTemplate("SQL for {question}").pipe(model).pipe(new StringOutputParser());

export const ordersTool = new DynamicStructuredTool({
  name: "orders",
  description: "orders of a customer",
  schema: z.object({ customer: z.string(), column: z.string() }),
  func: async ({ customer, column }) => {
    const rows = await db("orders").where({ customer }).limit(20);
    const sums = await db.raw(`SELECT SUM(${column}) AS s FROM orders`);
    return JSON.stringify({ rows, sums });
  },
});

export async function report(question: string) {
  const sql = await chain.invoke({ question });
  const conn = await mysql.createConnection(process.env.MYSQL_URL!);
  const [rows] = await conn.query(sql);
  return rows;
}

export async function reportBound(question: string) {
  const term = await chain.invoke({ question });
  const conn = await mysql.createConnection(process.env.MYSQL_URL!);
  const [rows] = await conn.execute("SELECT id FROM orders WHERE note = ?", [term]);
  return rows;
}

export async function rawBound(question: string) {
  const msg = await model.invoke(question);
  return db.raw("SELECT id FROM orders WHERE note = ?", [String(msg.content)]);
}
