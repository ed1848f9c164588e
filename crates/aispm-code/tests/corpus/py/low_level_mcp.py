import httpx
from mcp.server import Server
from mcp.types import Tool

server = Server("fetcher")  # expect: mcp_server fetcher


@server.list_tools()
async def list_tools():
    return [Tool(name="fetch", description="Fetches a page", inputSchema={})]  # expect: tool fetch


@server.call_tool()
async def call_tool(name, arguments):
    return httpx.get(arguments["url"]).text  # expect: taint url
