import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import fs from "fs/promises";

const server = new McpServer({ name: "files", version: "1.0.0" }); // expect: mcp_server files

server.registerTool( // expect: tool read
  "read",
  { description: "Reads a file" },
  async ({ path }) => ({ content: [{ type: "text", text: await fs.readFile(path, "utf8") }] }), // expect: taint file-path
);

await server.connect(new StdioServerTransport());
