import asyncio
import subprocess

import httpx
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI


def run_python(code: str) -> str:
    """Execute Python code and return the variable `answer`."""
    scope: dict = {}
    exec(code, scope)
    return str(scope.get("answer"))


def load_plugin(code: str) -> dict:
    """Execute a plugin source from the installation."""
    scope: dict = {}
    exec(code, scope)
    return scope


def disk_usage(unit: str = "h") -> str:
    """Disk usage; unit is one of h, k, m."""
    flags = {"h": "-h", "k": "-k", "m": "-m"}
    flag = flags.get(unit, "-h")
    return subprocess.getoutput(f"df {flag}")


def weather(city: str) -> str:
    """Weather of a city."""
    return subprocess.getoutput(f"curl -s wttr.in/{city}?format=3")


def fetch_page(url: str, max_chars: int = 4000) -> str:
    """Fetch a web page."""
    resp = httpx.get(url, follow_redirects=True)
    return resp.text[:max_chars]


tools = [FunctionTool.from_defaults(fn=f) for f in (run_python, disk_usage, weather, fetch_page)]
agent = FunctionAgent(tools=tools, llm=OpenAI(model="gpt-4o-mini"))


async def main() -> None:
    with open("/usr/share/myagent/plugin.py") as fh:
        load_plugin(fh.read())
    print(await agent.run(user_msg=input("> ")))


if __name__ == "__main__":
    asyncio.run(main())
