import { streamText } from "ai";
import { google } from "@ai-sdk/google";

type Row = Record<string, number>;

async function collect(description: string): Promise<string> {
  const result = streamText({
    model: google("gemini-2.5-flash"),
    prompt: `JavaScript function body using "row" for: ${description}`,
  });
  let body = "";
  for await (const delta of result.textStream) {
    body += delta;
  }
  return body;
}

const IDENTITY = "return row;";

export async function buildFormula(description: string): Promise<(row: Row) => unknown> {
  const body = await collect(description);
  try {
    return new Function("row", body) as (row: Row) => unknown;
  } catch {
    return new Function("row", IDENTITY) as (row: Row) => unknown;
  }
}

export async function scale(description: string): Promise<unknown> {
  const factor = Number.parseFloat(await collect(`only a number: ${description}`));
  if (!Number.isFinite(factor)) throw new Error("not a number");
  return new Function("row", `return row.value * ${factor};`);
}
