import json
import uuid
from dataclasses import dataclass

from openai import OpenAI

client = OpenAI()


@dataclass
class Draft:
    filename: str
    title: str
    body: str
    id: str


def draft(topic: str) -> Draft:
    completion = client.chat.completions.create(
        model="gpt-4o-mini",
        response_format={"type": "json_object"},
        messages=[
            {"role": "system", "content": "Return JSON with filename, title and body."},
            {"role": "user", "content": topic},
        ],
    )
    data = json.loads(completion.choices[0].message.content)
    return Draft(
        filename=data["filename"],
        title=data["title"],
        body=data["body"],
        id=uuid.uuid4().hex,
    )


def save_named(d: Draft) -> None:
    with open(d.filename, "w") as fh:
        fh.write(f"# {d.title}\n\n{d.body}")


def save_by_id(d: Draft) -> None:
    with open(f"posts/{d.id}.md", "w") as fh:
        fh.write(f"# {d.title}\n\n{d.body}")


if __name__ == "__main__":
    post = draft(input("topic: "))
    save_named(post)
    save_by_id(post)
