"""Thin wrapper around the model."""
import os

from openai import OpenAI

_client = OpenAI(api_key=os.environ.get("OPENAI_API_KEY"))


def generate(prompt: str, *, temperature: float = 0.0) -> str:
    r = _client.chat.completions.create(
        model="gpt-4o",
        temperature=temperature,
        messages=[{"role": "user", "content": prompt}],
    )
    return r.choices[0].message.content


def model_name() -> str:
    return "gpt-4o"
