"""MCP server: tool parameters are chosen by the calling model."""
import hmac
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("vault")
ROOT = Path("/srv/vault")
BRANCHES = ["main", "develop"]


def safe_path(rel: str) -> Path:
    p = (ROOT / rel).resolve()
    p.relative_to(ROOT.resolve())
    return p


@mcp.tool()
def show(rel: str) -> str:
    """Show a file"""
    return safe_path(rel).read_text()


@mcp.tool()
def cat(rel: str) -> str:
    """Show any file"""
    with open(ROOT.as_posix() + "/" + rel) as fh:
        return fh.read()


@mcp.tool()
def drop(rel: str) -> str:
    """Remove a folder"""
    victim = ROOT.joinpath(rel)
    shutil.rmtree(victim)
    return "ok"


@mcp.tool()
def checkout(branch: str) -> str:
    """Switch the branch"""
    if branch not in BRANCHES:
        return "unknown branch"
    return subprocess.check_output(f"git -C {ROOT} checkout {branch}", shell=True, text=True)


@mcp.tool()
def commit(message: str) -> str:
    """Commit everything"""
    return subprocess.check_output(f'git -C {ROOT} commit -am "{message}"', shell=True, text=True)


@mcp.tool()
def find(tag: str, limit: int = 10) -> list:
    """Find notes by tag"""
    con = sqlite3.connect("/srv/vault.db")
    return con.execute("SELECT path FROM notes WHERE tag = :tag LIMIT :n", {"tag": tag, "n": limit}).fetchall()


@mcp.tool()
def sql(statement: str) -> list:
    """Run a statement"""
    con = sqlite3.connect("/srv/vault.db")
    cur = con.cursor()
    cur.executescript(statement)
    return [("changes", con.total_changes)]
