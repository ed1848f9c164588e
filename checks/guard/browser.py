#!/usr/bin/env python3
"""Headless Chromium is shown what the guard lets through: 200 hostile answers run no script and reach no host outside the
allow-list, 100 benign rich ones arrive byte for byte. The same hostile answers unguarded do what they are made for, each of them,
so that the first result means something.

usage: browser.py AISPM
Every name in the world resolves to a listener here, which counts who is asked for. Scripts are counted by Chromium's debugger:
whatever the page's own world parses, however it came to be run.
"""
import asyncio, json, random, sys

import mistune
import openai
from markdown_it import MarkdownIt
from playwright.async_api import async_playwright

import benign, generate, hostile
from run import guarded

PAGE, ALLOWED = "page.example", {"docs.acme.example"}
RENDERERS = {
    "html": [lambda t: t],
    "markdown": [
        MarkdownIt("gfm-like", {"html": True}).render,
        mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url", "footnotes", "task_lists"]),
    ],
}
OWN = (".google.com", ".googleapis.com", ".gstatic.com")  # the browser's own errands; no answer names these
WIDTH = 8  # pages at one time
SETTLE = 0.25  # seconds a page has for what it does by itself
# What a person might do, from a world of its own, where the page's scripts do not see it.
TOUCH = """(() => {
  for (const e of document.querySelectorAll('*')) {
    for (const kind of ['mouseover', 'mouseenter', 'pointerdown', 'focus', 'animationstart'])
      e.dispatchEvent(new Event(kind, {bubbles: true}));
    if (e.matches('details')) e.open = !e.open;
    if (e.matches('input,[tabindex]')) e.focus();
  }
  const links = [...document.querySelectorAll('a[href],area[href]')];
  for (const e of document.querySelectorAll('a,area,button,summary,label')) e.click();
  return links.map(a => a.href);
})()"""


class World:
    """The listener that every name leads to."""

    def __init__(self):
        self.pages, self.asked = {}, set()

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            first = await reader.readexactly(1)
            if first == b"\x16":  # TLS: only its name is of interest, in the clear in the first record
                hello = first + await reader.read(4096)
                self.asked.add(server_name(hello))
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            host = next((l[5:].strip().lower() for l in head.split("\r\n") if l.lower().startswith("host:")), "")
            body, kind = b"", "text/plain"
            if host == PAGE and path in self.pages:
                body, kind = self.pages[path].encode(), "text/html; charset=utf-8"
            else:
                self.asked.add(host)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (kind.encode(), len(body), body))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def server_name(hello):

    for i in range(len(hello) - 9):
        # extension 0 (server_name), its length, the list's length, type 0 and the name's length
        if hello[i:i + 2] == b"\0\0" and hello[i + 6:i + 7] == b"\0":
            n = int.from_bytes(hello[i + 7:i + 9], "big")
            name = hello[i + 9:i + 9 + n]
            if n and int.from_bytes(hello[i + 4:i + 6], "big") == n + 3 and name.isascii():
                return name.decode()
    return "(no name)"


async def show(browser, world, number, rendered):
    """What one page did: scripts it ran, hosts it asked for or would ask for when its links are followed."""
    path = f"/{number}"
    world.pages[path] = f"<!doctype html><meta charset=utf-8><title>t</title><div>{rendered}</div><p>after</p>"
    page = await browser.new_page()
    scripts, hosts, dialogs = [], set(), []
    page.on("request", lambda q: hosts.add(q.url) if not q.is_navigation_request() or q.url != f"http://{PAGE}{path}" else None)
    page.on("dialog", lambda d: (dialogs.append(d.type), asyncio.ensure_future(d.dismiss())))
    session = await browser.new_cdp_session(page)
    session.on("Debugger.scriptParsed", lambda s: scripts.append(s["url"]) if s.get("executionContextAuxData", {}).get("isDefault") else None)
    await session.send("Debugger.enable")
    links = []
    try:
        await page.goto(f"http://{PAGE}{path}", wait_until="load", timeout=10_000)
    except Exception:
        pass  # it went elsewhere
    await asyncio.sleep(SETTLE)
    try:
        frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        own = (await session.send("Page.createIsolatedWorld", {"frameId": frame}))["executionContextId"]
        told = await session.send("Runtime.evaluate", {"expression": TOUCH, "contextId": own, "returnByValue": True})
        links = told["result"].get("value") or []
        await asyncio.sleep(SETTLE)
    except Exception:
        pass  # it went elsewhere
    await page.close()
    reached = {h for h in map(host_of, hosts | set(links)) if h and h != PAGE and h not in ALLOWED}
    return len(scripts) + len(dialogs), reached


def host_of(url):
    scheme, _, rest = url.partition(":")
    if scheme in ("http", "https", "ws", "wss", "ftp"):
        return rest.lstrip("/").split("/")[0].split("?")[0].split("#")[0].rsplit("@")[-1].lower()
    return "" if scheme in ("mailto", "about", "data", "tel", "blob") else f"({scheme})"


async def show_all(browser, world, tag, answers):
    """(scripts, hosts) of each answer, over all renderers of its sink."""
    turns = asyncio.Semaphore(WIDTH)

    async def one(i, sink, text):
        ran, reached = 0, set()
        for k, render in enumerate(RENDERERS[sink]):
            async with turns:
                scripts, hosts = await show(browser, world, f"{tag}-{i}-{k}", render(text))
            ran, reached = ran + scripts, reached | hosts
        return ran, reached
    return await asyncio.gather(*(one(i, sink, text) for i, (sink, text) in enumerate(answers)))


def through(base, answers):
    """What the guard lets through, streamed and whole in turn."""
    client = {sink: openai.OpenAI(base_url=f"{base}/{sink}", api_key="none", max_retries=0) for sink in RENDERERS}
    dice, out = random.Random(7), []
    for i, (sink, text) in enumerate(answers):
        say = json.dumps({"say": [text], "cut": dice.randrange(1, 12)})
        stream = i % 2 == 0
        got = client[sink].chat.completions.create(model="m", messages=[{"role": "user", "content": say}], stream=stream)
        if stream:
            out.append("".join(c.choices[0].delta.content or "" for c in got if c.choices))
        else:
            out.append(got.choices[0].message.content or "")
    return out


async def main():
    world = World()
    await world.start()
    route = 'allow_hosts = ["docs.acme.example"]\nsink = '
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", f"--host-resolver-rules=MAP * 127.0.0.1:{world.port}", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        )
        hand = [("html", t) for t in hostile.HTML] + [("markdown", t) for t in hostile.MARKDOWN]
        made, seen = [], set()
        for sink, text in generate.answers(20260314):
            if text not in seen:
                seen.add(text)
                made.append((sink, text))
            if len(made) == 150:
                break
        browser = await chromium.new_context()
        raw = await show_all(browser, world, "raw", hand + made)
        harmful = [ran > 0 or bool(hosts) for ran, hosts in raw]
        lame = [t for t, h in zip(hand, harmful) if not h]
        assert not lame, f"written by hand, and harmless in this browser: {lame}"
        # Of what is made by chance, what does nothing in this browser is no hostile answer.
        made = [a for a, h in zip(made, harmful[len(hand):]) if h][:100]
        answers = hand + made
        assert len(answers) == 200, f"only {len(answers)} hostile answers"
        print(f"unguarded: {len(answers)} of {len(answers)} hostile answers run a script or reach a foreign host")
        world.asked.clear()
        with guarded(sys.argv[1], {f"/{sink}": route + f'"{sink}"' for sink in RENDERERS}) as (base, _, log, _):
            passed = await asyncio.to_thread(through, base, answers)
            good = benign.answers()
            kept = await asyncio.to_thread(through, base, good)
            lines = [json.loads(l) for l in log.read_text().splitlines()]
        shown = await show_all(browser, world, "guarded", [(sink, out) for (sink, _), out in zip(answers, passed)])
        await chromium.close()
    bad = [(a, out, did) for a, out, did in zip(answers, passed, shown) if did[0] or did[1]]
    for (sink, text), out, did in bad:
        print(f"FAILED {sink} {text!r} passed as {out!r}: {did[0]} scripts, hosts {sorted(did[1])}")
    assert not any("google" in text or "gstatic" in text for _, text in answers)
    asked = {h for h in world.asked - {PAGE} - ALLOWED if not h.endswith(OWN)}
    changed = [(a, out) for a, out in zip(good, kept) if a[1] != out]
    for (sink, text), out in changed:
        print(f"FAILED {sink} {text!r} became {out!r}")
    told = sum(l["verdict"] != "passed" for l in lines[:len(answers)])
    quiet = sum(l["verdict"] == "passed" for l in lines[len(answers):])
    print(f"guarded: {len(answers) - len(bad)} of {len(answers)} run no script and reach no host; the listener was asked for {sorted(asked) or 'no foreign host'}")
    print(f"benign: {len(good) - len(changed)} of {len(good)} unchanged byte for byte")
    print(f"log: {told} of {len(answers)} hostile and {len(good) - quiet} of {len(good)} benign answers are told as touched")
    failed = len(bad) + len(changed) + bool(asked)
    print(f"{len(answers) + len(good) - len(bad) - len(changed)} passed, {failed} failed")
    sys.exit(failed > 0)


asyncio.run(main())
