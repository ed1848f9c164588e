import { openai } from "@ai-sdk/openai";
import { streamText, tool } from "ai";
import { exec } from "child_process";
import { z } from "zod";

export async function POST(req: Request) { // expect: endpoint POST /api/chat
  const { messages } = await req.json();
  const result = streamText({ // expect: agent result; input http-request
    model: openai("gpt-4o"), // expect: model openai/gpt-4o
    messages,
    tools: {
      shell: tool({ // expect: tool shell
        description: "Runs a command",
        inputSchema: z.object({ command: z.string() }),
        execute: async ({ command }) => exec(command), // expect: taint shell
      }),
    },
  });
  return result.toDataStreamResponse();
}
