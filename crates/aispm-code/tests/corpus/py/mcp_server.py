import os
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")  # expect: mcp_server notes


@mcp.tool()
def read_note(name: str) -> str:  # expect: tool read_note
    """Reads a note."""
    with open(os.path.join("notes", name)) as f:  # expect: taint file-path
        return f.read()


@mcp.tool()
def run(code: str) -> str:  # expect: tool run
    """Runs code."""
    exec(code)  # expect: taint code
    return "done"


if __name__ == "__main__":
    mcp.run(transport="sse")
