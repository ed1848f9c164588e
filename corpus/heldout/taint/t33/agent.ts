import { execSync } from "node:child_process";
import { generateText, stepCountIs, tool } from "ai";
import { anthropic } from "@ai-sdk/anthropic";
import { z } from "zod";

const bash = tool({
  description: "Run a bash command",
  inputSchema: z.object({ command: z.string(), cwd: z.string().optional() }),
  execute: async ({ command, cwd }) => {
    return execSync(command, { cwd, encoding: "utf8" });
  },
});

const npm = tool({
  description: "Run an npm script",
  inputSchema: z.object({ script: z.enum(["build", "test", "lint"]) }),
  execute: async ({ script }) => {
    return execSync(`npm run ${script}`, { encoding: "utf8" });
  },
});

const port = tool({
  description: "Who listens on a port",
  inputSchema: z.object({ port: z.number().int() }),
  execute: async (args) => execSync(`lsof -i :${args.port}`, { encoding: "utf8" }),
});

const readUrl = tool({
  description: "Read a web page",
  inputSchema: z.object({ url: z.string().url() }),
  execute: async ({ url }) => {
    const res = await fetch(url);
    return (await res.text()).slice(0, 5000);
  },
});

export async function run(prompt: string) {
  const result = await generateText({
    model: anthropic("claude-sonnet-4-20250514"),
    tools: { bash, npm, port, readUrl },
    stopWhen: stepCountIs(10),
    prompt,
  });
  return result.text;
}
