import os

import httpx
import requests

BASE = os.environ.get("LLM_BASE", "http://llm.internal:8000")


def openai_rest(prompt):
    reply = requests.post(
        "https://api.openai.com/v1/chat/completions",
        json={"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]},
        timeout=30,
    )
    reply.raise_for_status()
    os.system(reply.json()["choices"][0]["message"]["content"])  # expect: taint shell
    os.system(f"echo {reply.status_code}")


async def self_hosted(prompt):
    async with httpx.AsyncClient() as http:
        reply = await http.post(f"{BASE}/v1/chat/completions", json={"model": "qwen2.5", "messages": prompt})
    exec(reply.json()["choices"][0]["message"]["content"])  # expect: taint code


def weather(city):
    reply = requests.post(f"{BASE}/weather", json={"city": city})
    os.system(reply.json()["unit"])
