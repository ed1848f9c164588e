// Works through the operations queue: reads a ticket, looks around, fixes what it can.
import { execSync } from "node:child_process";
import { openai } from "@ai-sdk/openai";
import { generateText, tool } from "ai";
import { z } from "zod";

const QUEUE = process.env.TICKET_QUEUE ?? "https://tickets.acme.example/api/queue";

const readTicket = tool({
  description: "Read a customer's ticket from the queue",
  parameters: z.object({ id: z.string() }),
  execute: async ({ id }) => {
    const response = await fetch(`${QUEUE}/${encodeURIComponent(id)}`);
    return await response.text();
  },
});

const runCommand = tool({
  description: "Run a shell command on the bastion host",
  parameters: z.object({ command: z.string() }),
  execute: async ({ command }) => execSync(command, { encoding: "utf8" }),
});

const postStatus = tool({
  description: "Post a status update to the customer",
  parameters: z.object({ id: z.string(), text: z.string() }),
  execute: async ({ id, text }) => {
    await fetch(`${QUEUE}/${encodeURIComponent(id)}/status`, { method: "POST", body: text });
    return "posted";
  },
});

export async function work(ticketId: string): Promise<string> {
  const result = await generateText({
    model: openai("gpt-4o-mini"),
    system: "You are the operations agent. Resolve the ticket with the tools you have.",
    prompt: `Resolve ticket ${ticketId}.`,
    tools: { readTicket, runCommand, postStatus },
    maxSteps: 12,
  });
  return result.text;
}

// The version in the status line is fixed text, not something a model said.
export const build = execSync("git rev-parse --short HEAD").toString().trim();
