import { generateObject } from "ai";
import { openai } from "@ai-sdk/openai";
import { Pool } from "pg";
import { z } from "zod";

const pool = new Pool();
const COLUMNS = ["created_at", "total", "status"] as const;

const schema = z.object({
  where: z.string(),
  customer: z.string(),
  orderBy: z.enum(COLUMNS),
});

async function plan(question: string) {
  const { object } = await generateObject({ model: openai("gpt-4o"), schema, prompt: question });
  return object;
}

export async function filtered(question: string) {
  const spec = await plan(question);
  const sql = ["SELECT * FROM orders", `WHERE ${spec.where}`].join(" ");
  const result = await pool.query(sql);
  return result.rows;
}

export async function byCustomer(question: string) {
  const { customer } = await plan(question);
  const result = await pool.query("SELECT * FROM orders WHERE customer = $1", [customer]);
  return result.rows;
}

export async function sorted(question: string) {
  const { orderBy } = await plan(question);
  const result = await pool.query(`SELECT * FROM orders ORDER BY ${orderBy} DESC`);
  return result.rows;
}
