"""Research assistant: the model picks sources, we download them."""
import asyncio
import json
from urllib.parse import urlparse

import httpx
from openai import AsyncOpenAI

client = AsyncOpenAI()
ALLOWED = {"en.wikipedia.org", "arxiv.org", "api.crossref.org"}

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "fetch",
            "parameters": {"type": "object", "properties": {"url": {"type": "string"}}},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "lookup_doi",
            "parameters": {"type": "object", "properties": {"doi": {"type": "string"}}},
        },
    },
]


async def fetch(url):
    async with httpx.AsyncClient(follow_redirects=True) as http:
        r = await http.get(url)
        return r.text[:5000]


async def fetch_checked(url):
    parsed = urlparse(url)
    if parsed.scheme != "https" or parsed.hostname not in ALLOWED:
        raise PermissionError(url)
    async with httpx.AsyncClient(follow_redirects=False) as http:
        r = await http.get(url)
        return r.text[:5000]


async def lookup_doi(doi):
    async with httpx.AsyncClient() as http:
        r = await http.get("https://api.crossref.org/works", params={"query.bibliographic": doi})
        return r.json()


async def step(messages):
    reply = await client.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS)
    msg = reply.choices[0].message
    jobs = []
    for call in msg.tool_calls or []:
        args = json.loads(call.function.arguments)
        if call.function.name == "fetch":
            jobs.append(fetch(args["url"]))
        elif call.function.name == "lookup_doi":
            jobs.append(lookup_doi(args["doi"]))
    results = await asyncio.gather(*jobs)
    links = [word for word in (msg.content or "").split() if word.startswith("http")]
    results += [await fetch_checked(link) for link in links]
    return results
