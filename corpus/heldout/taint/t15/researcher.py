from urllib.parse import quote, urlparse

import ollama
import requests

ALLOWED_HOSTS = {"en.wikipedia.org", "docs.python.org"}


def next_link(topic: str, page: str = "") -> str:
    reply = ollama.chat(
        model="llama3.1",
        messages=[{"role": "user", "content": f"Topic {topic}. Page: {page}. Answer with the next URL only."}],
    )
    return reply["message"]["content"].strip()


def crawl(topic: str, depth: int = 3) -> list[str]:
    pages, page = [], ""
    for _ in range(depth):
        url = next_link(topic, page)
        page = requests.get(url, timeout=10).text
        pages.append(page)
    return pages


def crawl_allowed(topic: str) -> str:
    url = next_link(topic)
    parts = urlparse(url)
    if parts.scheme != "https" or parts.hostname not in ALLOWED_HOSTS:
        return ""
    return requests.get(url, timeout=10, allow_redirects=False).text


def lookup(topic: str) -> str:
    term = ollama.generate(model="llama3.1", prompt=f"One search keyword for {topic}")["response"]
    return requests.get("https://en.wikipedia.org/wiki/" + quote(term.strip(), safe="")).text
