#!/usr/bin/env python3
"""Real Squid and dnsmasq on loopback write logs; `aispm scan log:` must give the true list of users and services.

usage: discover-logs.py AISPM
Clients are addresses of loopback (127.0.0.2 and on) and names that Squid asks for. Every request that is sent is written
down here first; what aispm tells is compared with that list, and with nothing else.
"""
import collections, http.server, json, os, pathlib, socket, subprocess, sys, tempfile, threading, time

AISPM = sys.argv[1]
SQUID, DNSMASQ, HELPER = "/usr/sbin/squid", "/usr/sbin/dnsmasq", "/usr/lib/squid/basic_ncsa_auth"
# Name → the account it belongs to; none for what is no AI service.
NAMES = {
    "api.openai.com": "account:openai", "chatgpt.com": "account:openai/chatgpt", "api.anthropic.com": "account:anthropic",
    "claude.ai": "account:anthropic/claude", "huggingface.co": "account:huggingface", "api.mistral.ai": "account:mistral",
    "api.githubcopilot.com": "account:github-copilot", "auth.openai.com": None, "cdn.jsdelivr.net": None,
    "www.example.org": None, "openai.com.example.net": None,
}
DENIED = "chat.deepseek.com"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Peer(http.server.BaseHTTPRequestHandler):
    """The internet: a proxy that says yes to every tunnel and page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_CONNECT(self):
        self.send_response(200, "Connection established")
        self.end_headers()
        self.close_connection = True

    def log_message(self, *_):
        pass


def wait(what, ready, process):
    deadline = time.monotonic() + 30
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{what} did not start: {process.stderr.read() if process.stderr else ''}")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def told(path):
    """(user, account) → requests, as aispm tells them; and the findings."""
    out = path.with_suffix(".json")
    policy = path.parent / "aispm.toml"
    policy.write_text('[approved]\nproviders = ["openai", "huggingface"]\n')
    run = [AISPM, "scan", f"log:{path}", "--config", policy, "--no-store", "--format", "json", "-o", out, "--fail-on", "never", "-q"]
    subprocess.run(run, check=True)
    report = json.loads(out.read_text())
    gaps = [c for c in report["scan"]["coverage"] if c["status"] == "gap"]
    assert not gaps, f"{path.name}: {gaps}"
    uses = {(r["from"].removeprefix("identity:"), r["to"]) for r in report["relations"] if r["kind"] == "uses"}
    requests = {a["id"]: a["properties"].get("requests") for a in report["assets"] if a["kind"] == "account"}
    shadow = {f["asset"] for f in report["findings"] if f["rule"] == "shadow-ai-use"}
    return uses, requests, shadow


def judge(path, sent):
    want = collections.Counter()
    for user, name in sent:
        if NAMES.get(name):
            want[(user, NAMES[name])] += 1
    total = collections.Counter()
    for (_, account), n in want.items():
        total[account] += n
    uses, requests, shadow = told(path)
    assert uses == set(want), f"{path.name}: missing {set(want) - uses}, too many {uses - set(want)}"
    assert requests == dict(total), f"{path.name}: {requests} is not {dict(total)}"
    unsanctioned = {a for a in total if a.split(":")[1].split("/")[0] not in ("openai", "huggingface")}
    assert shadow == unsanctioned, f"{path.name}: {shadow} is not {unsanctioned}"
    print(f"{path.name}: {sum(total.values())} requests of {len({u for u, _ in want})} users to {len(total)} services, {len(shadow)} unsanctioned: as sent")


def squid(work):
    peer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    port = free_port()
    subprocess.run(["openssl", "version"], check=True, stdout=subprocess.DEVNULL)
    secret = subprocess.run(["openssl", "passwd", "-apr1", "pw"], check=True, capture_output=True, text=True).stdout.strip()
    (work / "users").write_text("".join(f"{u}:{secret}\n" for u in ("alice", "bob")))
    (work / "squid.conf").write_text(f"""
http_port 127.0.0.1:{port}
pid_filename none
cache deny all
cache_log {work}/cache.log
access_log stdio:{work}/squid-native.log squid
access_log stdio:{work}/squid-combined.log combined
coredump_dir {work}
auth_param basic program {HELPER} {work}/users
auth_param basic realm proxy
acl named proxy_auth REQUIRED
acl people src 127.0.0.10
acl blocked dstdomain {DENIED}
http_access deny blocked
http_access deny people !named
http_access allow localhost
http_access allow people
acl loop src 127.0.0.0/8
http_access allow loop
cache_peer 127.0.0.1 parent {peer.server_address[1]} 0 no-query no-digest default
never_direct allow all
shutdown_lifetime 0 seconds
""")
    os.chmod(work, 0o777)
    p = subprocess.Popen([SQUID, "-N", "-f", work / "squid.conf"], stderr=subprocess.PIPE, text=True)
    wait("squid", lambda: listens(port), p)
    sent = []
    for n, name in enumerate(NAMES):
        for client, login in (("127.0.0.2", None), (f"127.0.0.{3 + n % 3}", None), ("127.0.0.10", ("alice", "bob")[n % 2])):
            for scheme in ("http", "https")[: 1 + n % 2]:
                # The tunnel ends at once, which is an error to curl and a tunnel to Squid.
                args = ["curl", "-s", "-o", os.devnull, "--interface", client, "-x", f"http://127.0.0.1:{port}", f"{scheme}://{name}/v1"]
                if login:
                    args += ["--proxy-user", f"{login}:pw", "--proxy-basic"]
                subprocess.run(args)
                sent.append((login or client, name))
    # Refused: by name, and for want of a login.
    subprocess.run(["curl", "-s", "-o", os.devnull, "--interface", "127.0.0.2", "-x", f"http://127.0.0.1:{port}", f"https://{DENIED}/"])
    subprocess.run(["curl", "-s", "-o", os.devnull, "--interface", "127.0.0.10", "-x", f"http://127.0.0.1:{port}", "https://api.mistral.ai/"])
    p.terminate()
    p.wait(20)
    judge(work / "squid-native.log", sent)
    judge(work / "squid-combined.log", sent)


def dnsmasq(work, extra):
    port = free_port(socket.SOCK_DGRAM)
    log = work / f"dnsmasq{'-extra' if extra else ''}.log"
    args = [DNSMASQ, "-k", "-p", str(port), "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
            "--conf-file=/dev/null", "--address=/#/127.0.0.1", f"--log-facility={log}", f"--user={os.environ.get('USER', 'root')}",
            "--pid-file", "--log-queries=extra" if extra else "--log-queries"]
    p = subprocess.Popen(args, stderr=subprocess.PIPE, text=True)
    wait("dnsmasq", lambda: listens(port), p)
    sent = []
    for n, name in enumerate(NAMES):
        for client in ("127.0.0.2", f"127.0.0.{3 + n % 4}"):
            for kind in ("A", "AAAA")[: 1 + n % 2]:
                subprocess.run(["dig", "-b", client, "@127.0.0.1", "-p", str(port), "+tries=1", name, kind], check=True, stdout=subprocess.DEVNULL)
                sent.append((client, name))
    p.terminate()
    p.wait(20)
    judge(log, sent)


with tempfile.TemporaryDirectory(prefix="aispm-logs-") as d:
    squid(pathlib.Path(d))
    dnsmasq(pathlib.Path(d), False)
    dnsmasq(pathlib.Path(d), True)
