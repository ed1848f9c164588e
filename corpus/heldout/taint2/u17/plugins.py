"""Lets the model load extra skills by name."""
import importlib
import inspect
import json
import runpy
import tempfile
import types

from anthropic import AsyncAnthropic

client = AsyncAnthropic()
KNOWN = frozenset({"skills.calendar", "skills.mail"})


async def pick(task):
    parts = []
    async with client.messages.stream(
        model="claude-3-5-haiku-latest", max_tokens=64, messages=[{"role": "user", "content": task}]
    ) as stream:
        async for text in stream.text_stream:
            parts.append(text)
    return "".join(parts).strip()


async def load_any(task):
    name = await pick(f"Which python module solves: {task}")
    mod = importlib.import_module(name)
    return [n for n, f in inspect.getmembers(mod, inspect.isfunction)]


async def load_known(task):
    name = await pick(f"skills.calendar or skills.mail: {task}")
    if name not in KNOWN:
        return []
    mod = importlib.import_module(name)
    return dir(mod)


async def load_written(task):
    source = await pick(f"Write a module for: {task}")
    mod = types.ModuleType("skill")
    exec(source, mod.__dict__)
    return mod


async def load_file(task):
    source = await pick(f"Write a script for: {task}")
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as fh:
        fh.write(source)
        fh.flush()
    return runpy.run_path(fh.name)


async def settings(task):
    raw = await pick(f"Give settings as JSON for: {task}")
    return json.loads(raw)
