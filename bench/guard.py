#!/usr/bin/env python3
"""CPU per request of the guard, of nginx as a plain proxy, and of the LiteLLM proxy: the same requests to the same API in one run.

usage: guard.py AISPM [LITELLM]
Half of the requests are streamed, an event a token. nginx runs as packaged, one worker, keep-alive to the API and `proxy_buffering
off`, without which it would not stream; LiteLLM with one worker and its telemetry off. Counted is what the processes themselves
spend, user and system, least of three runs.
"""
import asyncio, contextlib, json, os, pathlib, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "checks" / "guard"))
from run import HERE, free_port, guarded, process

WORDS = "The quick brown fox jumps over 13 lazy dogs, and **runs** on to `home` by [the road](https://docs.acme.example/road).\n"
ANSWER = WORDS * 8  # about 900 characters, 230 events
AT_ONCE = 8
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """Seconds that a process and its children spent, those that are gone included."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if stat.parent.name == str(pid) or fields[1] == str(pid):
                total += int(fields[11]) + int(fields[12])
    return total / TICK


async def ask(reader, writer, key, stream):
    body = json.dumps({"model": "small-1", "stream": stream, "messages": [{"role": "user", "content": json.dumps({"say": [ANSWER], "cut": 4})}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert b" 200 " in head, head
    if b"transfer-encoding: chunked" not in head:
        length = int(head.split(b"content-length: ")[1].split(b"\r")[0])
        return await reader.readexactly(length)
    seen = b""
    while not seen.endswith(b"\r\n0\r\n\r\n"):
        piece = await reader.read(1 << 16)
        assert piece, "the answer broke off"
        seen += piece
    return seen


async def load(port, key, requests):
    todo = iter(range(requests))

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        for n in todo:
            got = await ask(reader, writer, key, n % 2 == 0)
            assert b"fox" in got or b"finish_reason" in got, got[:300]
        writer.close()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


def measure(pid, port, key, requests):
    """Milliseconds of CPU for one request."""
    asyncio.run(load(port, key, max(AT_ONCE * 2, requests // 10)))
    best = None
    for _ in range(3):
        before = cpu(pid)
        asyncio.run(load(port, key, requests))
        spent = (cpu(pid) - before) * 1000 / requests
        best = spent if best is None else min(best, spent)
    return best


@contextlib.contextmanager
def nginx(api, work):
    port = free_port()
    (work / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log {work}/access.log;
  client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
  upstream api {{ server {api.removeprefix('http://')}; keepalive 32; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }} }}
}}""")
    with process(["/usr/sbin/nginx", "-c", work / "nginx.conf", "-e", work / "error.log"], port) as p:
        yield p.pid, port


@contextlib.contextmanager
def litellm(program, api, work):
    port = free_port()
    config = {
        "model_list": [{"model_name": "small-1", "litellm_params": {"model": "openai/small-1", "api_base": api + "/v1", "api_key": "upstream-key"}}],
        "general_settings": {"master_key": "sk-bench-8f3c1e7a5d2b4960"},
        "litellm_settings": {"telemetry": False, "drop_params": True},
    }
    (work / "litellm.yaml").write_text(json.dumps(config))
    env = dict(os.environ, LITELLM_TELEMETRY="False", LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR", NO_DOCS="True")
    args = [program, "--config", work / "litellm.yaml", "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1", "--telemetry", "False"]
    with process(args, port, env=env, cwd=work, stderr=open(work / "litellm.log", "w")) as p:
        yield p.pid, port


def row(what, ours, reference, ratio, goal):
    print(f"{what:<58} {ours:6.3f} ms {reference:8.3f} ms {ratio:8.2f}  (goal {goal})")


def main():
    requests = int(os.environ.get("REQUESTS", "1000"))
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        route = 'sink = "markdown"\nallow_hosts = ["docs.acme.example"]'
        with guarded(sys.argv[1], {"/v1": route}) as (base, api, _, guard):
            ours = measure(guard.pid, int(base.rsplit(":", 1)[1]), "none", requests)
            with nginx(api, work) as (pid, port):
                plain = measure(pid, port, "upstream-key", requests)
            row("guard, a request : nginx as a plain proxy", ours, plain, ours / plain, "<= 4")
            if len(sys.argv) > 2:
                with litellm(sys.argv[2], api, work) as (pid, port):
                    other = measure(pid, port, "sk-bench-8f3c1e7a5d2b4960", max(requests // 20, 20))
                row("guard, a request : LiteLLM proxy", ours, other, other / ours, ">= 50, LiteLLM over guard")


main()
