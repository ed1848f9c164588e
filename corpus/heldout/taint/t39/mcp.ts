import { execSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "git-tools", version: "1.0.0" });
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

server.registerTool(
  "git_log",
  { description: "Log of a ref", inputSchema: { ref: z.string(), count: z.number().default(10) } },
  async ({ ref, count }) => text(execSync(`git log -n ${count} ${ref}`).toString())
);

server.registerTool(
  "git_grep",
  { description: "Search", inputSchema: { pattern: z.string() } },
  async ({ pattern }) => {
    const out = spawnSync("git", ["grep", "-n", "-e", pattern], { encoding: "utf8" });
    return text(out.stdout);
  }
);

server.registerTool(
  "read_any",
  { description: "Read a file", inputSchema: { file: z.string() } },
  async ({ file }) => text(readFileSync(file, "utf8"))
);

server.registerTool("git_status", { description: "Status", inputSchema: {} }, async () => {
  return text(execSync("git status --porcelain").toString());
});

await server.connect(new StdioServerTransport());
