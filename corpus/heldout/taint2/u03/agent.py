"""A small coding agent over LangChain tools."""
import ast
import os
import subprocess
from pathlib import Path

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent

WORKSPACE = Path(os.environ.get("WORKSPACE", "/srv/workspace")).resolve()


def _inside(name: str) -> Path:
    target = (WORKSPACE / name).resolve()
    if not target.is_relative_to(WORKSPACE):
        raise ValueError("path outside of workspace")
    return target


@tool
def read_source(name: str) -> str:
    """Read a file of the workspace."""
    return _inside(name).read_text()


@tool
def write_source(name: str, body: str) -> str:
    """Write a file of the workspace."""
    target = WORKSPACE / name
    target.write_text(body)
    return f"wrote {len(body)} bytes"


@tool
def run_tests(selector: str) -> str:
    """Run a subset of the test-suite."""
    return subprocess.getoutput(f"cd {WORKSPACE} && pytest -q -k '{selector}'")


@tool
def list_tests() -> str:
    """List the tests."""
    return subprocess.getoutput(f"cd {WORKSPACE} && pytest --collect-only -q")


@tool
def evaluate(expression: str) -> str:
    """Evaluate a Python expression to check an assumption."""
    return repr(eval(expression))


@tool
def parse_literal(expression: str) -> str:
    """Normalise a Python literal."""
    return repr(ast.literal_eval(expression))


def build():
    llm = ChatOpenAI(model="gpt-4o", temperature=0)
    return create_react_agent(llm, [read_source, write_source, run_tests, list_tests, evaluate, parse_literal])
