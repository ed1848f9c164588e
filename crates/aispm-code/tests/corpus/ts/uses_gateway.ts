import { generateText, tool } from "ai";
import { z } from "zod";
import { writer } from "./gateway";

export const lookup = (session: string) =>
  tool({ // expect: tool lookup
    description: "Looks things up",
    inputSchema: z.object({ q: z.string() }),
    execute: async ({ q }) => session + q,
  });

export async function write(text: string) {
  const { text: out } = await generateText({ // expect: agent write
    model: writer(),
    prompt: text,
    tools: { find: lookup("s") },
  });
  return out;
}
