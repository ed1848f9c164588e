from mcp import StdioServerParameters
from langchain_mcp_adapters.client import MultiServerMCPClient

params = StdioServerParameters(command="npx", args=["-y", "@acme/files@1.2.3", "/srv"])  # expect: mcp_server @acme/files
client = MultiServerMCPClient({
    "search": {"url": "https://mcp.example.com/mcp", "transport": "streamable_http"},  # expect: mcp_server search
    "git": {"command": "uvx", "args": ["mcp-server-git"], "transport": "stdio"},  # expect: mcp_server git
})
