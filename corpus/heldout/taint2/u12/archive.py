import os
from pathlib import Path

from werkzeug.utils import secure_filename
from pydantic import BaseModel
from openai import OpenAI

client = OpenAI()
OUT = "/srv/archive"


class Doc(BaseModel):
    filename: str
    body: str
    page: int


def extract(text) -> Doc:
    done = client.beta.chat.completions.parse(
        model="gpt-4o-2024-08-06",
        messages=[{"role": "user", "content": text}],
        response_format=Doc,
    )
    return done.choices[0].message.parsed


def store(text):
    doc = extract(text)
    with open(os.path.join(OUT, doc.filename), "w") as fh:
        fh.write(doc.body)


def store_secure(text):
    doc = extract(text)
    name = secure_filename(doc.filename) or "untitled"
    with open(os.path.join(OUT, name), "w") as fh:
        fh.write(doc.body)


def store_base(text):
    doc = extract(text)
    leaf = Path(doc.filename).name
    if leaf in ("", ".", ".."):
        return None
    (Path(OUT) / leaf).write_text(doc.body)
    return leaf


def store_page(text):
    doc = extract(text)
    page = int(doc.page)
    Path(f"{OUT}/page-{page:04d}.txt").write_text(doc.body)


def store_prefix(text):
    doc = extract(text)
    full = os.path.join(OUT, doc.filename)
    if not full.startswith(OUT):
        raise ValueError("outside")
    Path(full).write_text(doc.body)


def store_real(text):
    doc = extract(text)
    full = os.path.realpath(os.path.join(OUT, doc.filename))
    if os.path.commonpath([full, OUT]) != OUT:
        raise ValueError("outside")
    Path(full).write_text(doc.body)


def forget(text):
    doc = extract(text)
    try:
        os.remove(OUT + "/" + doc.filename)
    except FileNotFoundError:
        pass
