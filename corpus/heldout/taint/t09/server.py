"""MCP server exposing a developer workspace."""
import subprocess
from pathlib import Path
from typing import Literal

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("workspace")
BASE = Path("/srv/workspace").resolve()


@mcp.tool()
def run_command(command: str, timeout: int = 30) -> str:
    """Run a command in the workspace."""
    result = subprocess.run(
        command,
        shell=True,
        cwd=BASE,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return result.stdout + result.stderr


@mcp.tool()
def read_file(path: str) -> str:
    """Read a file of the workspace."""
    with open(BASE / path, encoding="utf-8") as fh:
        return fh.read()


@mcp.tool()
def read_note(path: str) -> str:
    """Read a note."""
    target = (BASE / "notes" / path).resolve()
    if not target.is_relative_to(BASE / "notes"):
        return "error: outside of the notes folder"
    with open(target, encoding="utf-8") as fh:
        return fh.read()


@mcp.tool()
def service(action: Literal["start", "stop", "status"]) -> str:
    """Control the dev service."""
    if action not in ("start", "stop", "status"):
        raise ValueError(action)
    out = subprocess.run(f"systemctl --user {action} devserver", shell=True, capture_output=True, text=True)
    return out.stdout


@mcp.tool()
def grep(pattern: str) -> str:
    """Search the workspace."""
    out = subprocess.run(["grep", "-rn", "-e", pattern, "--", str(BASE)], capture_output=True, text=True)
    return out.stdout


if __name__ == "__main__":
    mcp.run()
