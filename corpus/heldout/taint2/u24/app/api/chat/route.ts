import { generateText, tool } from "ai";
import { openai } from "@ai-sdk/openai";
import { z } from "zod";
import { promises as fs } from "fs";
import path from "path";
import { runQuery, findUser } from "../../../lib/db";

const BASE = path.resolve(process.cwd(), "notes");

export async function POST(req: Request) {
  const { messages } = await req.json();
  const result = await generateText({
    model: openai("gpt-4o"),
    messages,
    maxSteps: 5,
    tools: {
      readNote: tool({
        description: "Read a note",
        parameters: z.object({ name: z.string() }),
        execute: async ({ name }) => {
          return fs.readFile(path.join(BASE, name), "utf8");
        },
      }),
      readNoteChecked: tool({
        description: "Read a note",
        parameters: z.object({ name: z.string() }),
        execute: async ({ name }) => {
          const full = path.resolve(BASE, name);
          if (!full.startsWith(BASE + path.sep)) throw new Error("outside");
          return fs.readFile(full, "utf8");
        },
      }),
      readKind: tool({
        description: "Read a fixed note",
        parameters: z.object({ kind: z.enum(["today", "week"]) }),
        execute: async ({ kind }) => fs.readFile(path.join(BASE, `${kind}.md`), "utf8"),
      }),
      query: tool({
        description: "Query the database",
        parameters: z.object({ sql: z.string() }),
        execute: async (args) => runQuery(args.sql),
      }),
      user: tool({
        description: "Find a user",
        parameters: z.object({ email: z.string().email() }),
        execute: async ({ email }) => findUser(email),
      }),
      calculate: tool({
        description: "Evaluate arithmetic",
        parameters: z.object({ expression: z.string() }),
        execute: async ({ expression }) => {
          const fn = new Function(`return (${expression})`);
          return String(fn());
        },
      }),
    },
  });
  return Response.json({ text: result.text });
}
