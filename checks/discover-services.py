#!/usr/bin/env python3
"""Real AI services and decoys on loopback; `aispm scan net:` must tell the services, with version and authentication, and no decoy.

usage: discover-services.py AISPM   (run by the Python of an environment in which the services are installed)
"""
import http.server, importlib.metadata, json, os, pathlib, signal, socket, subprocess, sys, tempfile, threading, time, urllib.request

AISPM = sys.argv[1]
BIN = pathlib.Path(sys.executable).parent
KEY = "sk-" + "Zq81mPw0xR7tLk2vB9nYc4Hd6Fs3Gj5A"  # of the proxy that is started here, for nobody else
ENV = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "ANONYMIZED_TELEMETRY": "False", "MLFLOW_DISABLE_TELEMETRY": "true",
                    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
GRADIO = """import gradio, sys
login = ("user", "pw") if sys.argv[2] == "login" else None
gradio.Interface(lambda x: x, "text", "text").launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), auth=login)
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def version(package):
    return importlib.metadata.version(package)


def services(work):
    """Name, engine, version (none where strangers are not told), authentication, command with {port}."""
    (work / "app.py").write_text("import streamlit as st\nst.write('hello')\n")
    (work / "gradio_app.py").write_text(GRADIO)
    jupyter = [BIN / "jupyter", "lab", "--allow-root", "--no-browser", "--ip", "127.0.0.1", "--port", "{port}"]
    gradio = [sys.executable, work / "gradio_app.py", "{port}"]
    return [
        ("MLflow", "mlflow", version("mlflow"), False, [BIN / "mlflow", "server", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"]),
        ("JupyterLab with a token", "jupyter", version("jupyter_server"), True, [*jupyter, "--IdentityProvider.token=" + KEY]),
        ("JupyterLab without", "jupyter", version("jupyter_server"), False, [*jupyter, "--IdentityProvider.token="]),
        ("Gradio", "gradio", version("gradio"), False, [*gradio, "open"]),
        ("Gradio with a login", "gradio", None, True, [*gradio, "login"]),
        ("Chroma", "chroma", "any", False, [BIN / "chroma", "run", "--host", "127.0.0.1", "--port", "{port}", "--path", work / "chroma"]),
        ("LiteLLM", "litellm", version("litellm"), True, [BIN / "litellm", "--host", "127.0.0.1", "--port", "{port}", "--model", "openai/x"]),
        ("Streamlit", "streamlit", None, False, [BIN / "streamlit", "run", work / "app.py", "--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", "{port}", "--browser.gatherUsageStats", "false"]),
        ("TensorBoard", "tensorboard", version("tensorboard"), False, [BIN / "tensorboard", "--logdir", work, "--host", "127.0.0.1", "--port", "{port}"]),
    ]


# What may be taken for an AI service and is none: path → (status, type, body); "*" is every path.
HTML, JSON, TEXT = "text/html", "application/json", "text/plain"
DECOYS = [
    {"*": (200, HTML, "<title>Welcome to nginx!</title>")},
    {"/": (200, HTML, "<p>If it says Ollama is running, go on.</p>")},
    {"/v1/models": (200, JSON, '{"data":[]}'), "/version": (200, JSON, '{"version":"1.0"}'), "/health": (200, JSON, '{"status":"ok"}')},
    {"*": (200, HTML, "<title>MLflow course</title>gradio_config LiteLLM jupyter Ollama is running")},
    {"*": (200, JSON, '{"version":"1.0","status":"ok","data":[],"models":[],"name":"api"}')},
    {"/": (200, HTML, "<title>Prometheus</title>"), "/metrics": (200, TEXT, "go_goroutines 9\n")},
    {"/": (200, HTML, "<title>JupyterLab tips</title>"), "/api": (200, JSON, '{"version":"2.0"}')},
    {"*": (401, JSON, "{}")},
    {"/": (200, HTML, "<title>Streamlit gallery</title>"), "/health": (200, TEXT, "ok")},
    {"/api/v2/version": (200, JSON, '"1.0.0"'), "/api/v1/version": (200, JSON, '{"version":"1.0"}')},
]


def decoy(routes):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, kind, body = routes.get(self.path, routes.get("*", (404, TEXT, "")))
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main(work):
    running = []
    try:
        for name, engine, wanted, auth, command in services(work):
            port = free_port()
            log = work / f"{port}.log"
            command = [str(c).replace("{port}", str(port)) for c in command]
            p = subprocess.Popen(command, cwd=work, env=ENV | {"LITELLM_MASTER_KEY": KEY}, stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True)
            running.append((name, engine, wanted, auth, port, p, log))
        for name, *_, port, p, log in running:
            deadline = time.monotonic() + 240
            while True:
                with socket.socket() as s:
                    if s.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if p.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{name} did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.2)
        # LiteLLM writes the document that tells its version when it is first asked, for longer than a scan waits.
        for name, *_, port, p, log in running:
            if name == "LiteLLM":
                urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=120).read()
        decoys = [decoy(routes) for routes in DECOYS]
        ports = ",".join(str(p) for p in [*(r[4] for r in running), *decoys])
        out = work / "report.json"
        subprocess.run([AISPM, "scan", f"net:127.0.0.1?ports={ports}", "--no-store", "--format", "json", "-o", out, "--fail-on", "never", "-q"], check=True)
        report = json.loads(out.read_text())
        seen = {a["id"].rsplit(":", 1)[1]: a["properties"] for a in report["assets"] if "engine" in a["properties"]}
        wrong = [f"decoy {n + 1} is taken for {seen[str(p)]['engine']}" for n, p in enumerate(decoys) if str(p) in seen]
        for name, engine, wanted, auth, port, *_ in running:
            found = seen.get(str(port), {})
            told, is_auth = found.get("version"), found.get("authenticated")
            told = told if isinstance(told, str) else None
            print(f"{name}: {found.get('engine')} {told or '(no version told)'}, authentication {({True: 'required', False: 'open'}).get(is_auth if isinstance(is_auth, bool) else None, 'unknown')}")
            good = found.get("engine") == engine and is_auth is auth and (told == wanted or (wanted == "any" and told))
            wrong += [] if good else [f"{name}: {found} is not {engine} {wanted} {auth}"]
        wrong += [] if [n["host"] for n in report["run"]["network"]] == ["127.0.0.1"] else ["the receipt is wrong"]
        offline = subprocess.run([AISPM, "--offline", "scan", f"net:127.0.0.1?ports={ports}", "--no-store", "--strict", "-q"], capture_output=True)
        wrong += [] if offline.returncode == 3 else [f"--offline ended with {offline.returncode}"]
        print(f"{len(running)} services, {len(decoys)} decoys, {len(wrong)} wrong")
        if wrong:
            sys.exit("\n".join(wrong))
    finally:
        for r in running:
            try:
                os.killpg(r[5].pid, signal.SIGTERM)
            except ProcessLookupError:
                pass


with tempfile.TemporaryDirectory(prefix="aispm-services-", ignore_cleanup_errors=True) as d:
    main(pathlib.Path(d))
