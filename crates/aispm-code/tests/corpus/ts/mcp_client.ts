import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";

const local = new StdioClientTransport({ command: "npx", args: ["-y", "@acme/mcp"] }); // expect: mcp_server @acme/mcp
const remote = new SSEClientTransport(new URL("https://tools.example.com/sse")); // expect: mcp_server remote
