import sqlite3
import subprocess
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from pydantic_ai import Agent, RunContext


@dataclass
class Deps:
    conn: sqlite3.Connection
    tenant: str


class Triage(BaseModel):
    queue: Literal["billing", "tech", "abuse"]
    summary: str


agent = Agent("openai:gpt-4o", deps_type=Deps, system_prompt="You are a support agent.")
triage_agent = Agent("anthropic:claude-3-5-sonnet-latest", output_type=Triage)


@agent.tool
async def search_tickets(ctx: RunContext[Deps], condition: str) -> str:
    """Search tickets; condition is a SQL boolean expression."""
    sql = "SELECT id, title FROM tickets WHERE " + condition
    return str(ctx.deps.conn.execute(sql).fetchall())


@agent.tool
async def my_tickets(ctx: RunContext[Deps], limit: int = 10) -> str:
    """List the tickets of the tenant."""
    sql = "SELECT id FROM tickets_%s LIMIT ?" % ctx.deps.tenant
    return str(ctx.deps.conn.execute(sql, (limit,)).fetchall())


@agent.tool_plain
def ping(host: str) -> str:
    """Ping a host."""
    return subprocess.check_output("ping -c 1 " + host, shell=True, text=True)


def route(text: str) -> None:
    result = triage_agent.run_sync(text)
    queue = result.output.queue
    subprocess.check_call(f"/opt/support/route --queue {queue}", shell=True)
    with open("last_summary.txt", "w") as fh:
        fh.write(result.output.summary)
