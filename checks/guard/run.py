"""Starts the small API and a guard before it, on loopback, and ends both."""
import contextlib, os, pathlib, socket, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(port, process):
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"nothing listens on {port}: {process.args}")
        time.sleep(0.05)


@contextlib.contextmanager
def process(args, port, **more):
    started = subprocess.Popen(args, stdout=subprocess.DEVNULL, **more)
    try:
        wait(port, started)
        yield started
    finally:
        started.terminate()
        started.wait()


@contextlib.contextmanager
def guarded(aispm, routes, clients=()):
    """`routes` maps a path to lines of its route. Gives the guard's base URL, the API's, the log and the guard's process."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        api, port = free_port(), free_port()
        text = f'[guard]\nlisten = "127.0.0.1:{port}"\nlog = "{work}/guard.jsonl"\n'
        env = dict(os.environ, UPSTREAM_KEY="upstream-key")
        for name in clients:
            variable = name.upper().replace("-", "_")
            env[variable] = f"token-of-{name}"
            text += f'[[guard.client]]\nname = "{name}"\ntoken_env = "{variable}"\n'
        for path, lines in routes.items():
            text += f'[[guard.route]]\nname = "{path.strip("/")}"\npath = "{path}"\nupstream = "http://127.0.0.1:{api}/v1"\nkey_env = "UPSTREAM_KEY"\n{lines}\n'
        (work / "aispm-guard.toml").write_text(text)
        with process([sys.executable, HERE / "upstream.py", str(api)], api):
            with process([aispm, "guard", "run", work / "aispm-guard.toml"], port, env=env) as guard:
                yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{api}", work / "guard.jsonl", guard
