"""Thin wrapper so that the rest of the package never imports the SDK."""
import json
import os

import anthropic

_client = anthropic.Anthropic(api_key=os.environ.get("ANTHROPIC_API_KEY"))


def complete(prompt, *, system=None, max_tokens=800):
    msg = _client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=max_tokens,
        system=system or "Answer briefly.",
        messages=[{"role": "user", "content": prompt}],
    )
    return "".join(block.text for block in msg.content if block.type == "text")


def complete_json(prompt):
    raw = complete(prompt, system="Reply with a single JSON object.")
    start, end = raw.find("{"), raw.rfind("}")
    return json.loads(raw[start : end + 1])
