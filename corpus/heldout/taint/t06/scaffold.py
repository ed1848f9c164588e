"""Scaffold a project with Bedrock: the model names and fills the files."""
import json
from pathlib import Path

import boto3

ROOT = Path("./generated").resolve()
runtime = boto3.client("bedrock-runtime")


def generate(spec: str) -> dict:
    body = json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 2048,
            "messages": [{"role": "user", "content": spec}],
        }
    )
    raw = runtime.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=body)
    payload = json.loads(raw["body"].read())
    return json.loads(payload["content"][0]["text"])


def write_all(spec: str) -> None:
    files = generate(spec)
    for name, content in files.items():
        with open("generated/" + name, "w") as fh:
            fh.write(content)


def write_checked(spec: str) -> None:
    files = generate(spec)
    for name, content in files.items():
        target = (ROOT / name).resolve()
        if not target.is_relative_to(ROOT):
            raise ValueError(f"refusing {name}")
        target.write_text(content)


def write_manifest(spec: str) -> None:
    files = generate(spec)
    with open(ROOT / "manifest.json", "w") as fh:
        json.dump(sorted(files), fh)
