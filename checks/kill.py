#!/usr/bin/env python3
"""Kills `aispm serve`, or the scan it runs, fifty times in the middle of scans, and looks at what is left.

usage: kill.py AISPM [KILLS]

After each kill: the audit log is whole and has every change that was acknowledged, every scan that was done is there with its
report, no job runs that nobody works on, and the next scan succeeds with the same findings.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

AISPM = sys.argv[1]
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
ESTATE = Path(__file__).resolve().parent.parent / "examples" / "acme-ai"
PORT = 18787
BASE = f"http://localhost:{PORT}"


class Server:
    def __init__(self, directory: Path):
        self.store = f"sqlite:{directory}/store.db"
        options = [AISPM, "--store", self.store, "--config", str(ESTATE / "aispm.toml")]
        command = options + ["serve", "--listen", f"127.0.0.1:{PORT}", "--new-secret"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline() for _ in range(2)]
        if not lines[1].startswith("log in as admin with "):
            sys.exit(f"the server does not start: {lines} {self.process.stderr.read()}")
        password = lines[1].split()[-1]
        response = self.send("POST", "/api/v1/login", {"name": "admin", "password": password})
        self.cookie = response.headers["set-cookie"].split(";")[0]
        self.csrf = json.load(response)["csrf"]

    def send(self, method, path, body=None):
        request = urllib.request.Request(BASE + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        if hasattr(self, "cookie"):
            request.add_header("cookie", self.cookie)
            request.add_header("x-csrf-token", self.csrf)
        return urllib.request.urlopen(request, timeout=30)

    def ask(self, method, path, body=None):
        return json.load(self.send(method, path, body))

    def wait(self, job):
        for _ in range(600):
            row = self.ask("GET", f"/api/v1/jobs/{job}")
            if row["state"] not in ("queued", "running"):
                return row
            time.sleep(0.05)
        sys.exit(f"job {job} does not end")

    def worker(self):
        """The process that scans, if one does."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        for text in [c.read_text() for c in children]:
            for pid in text.split():
                return int(pid)
        return None


def check(what, condition, detail=""):
    if not condition:
        sys.exit(f"FAILED: {what} {detail}")


def main():
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server = Server(directory)
        acknowledged = 0
        server.ask("POST", "/api/v1/targets", {"reference": str(ESTATE)})
        acknowledged += 1
        started = time.monotonic()
        first = server.wait(server.ask("POST", "/api/v1/jobs", {})["id"])
        length = time.monotonic() - started
        acknowledged += 1
        check("the first scan", first["state"] == "done", first)
        findings = server.ask("GET", "/api/v1/findings?source=aispm")["total"]
        done = {first["id"]: first["scan"]}
        ended = {}
        for kill in range(1, KILLS + 1):
            job = server.ask("POST", "/api/v1/jobs", {})["id"]
            acknowledged += 1
            time.sleep(dice.uniform(0, length * 1.2))
            worker = server.worker()
            if kill % 3 == 0 and worker:
                # The scan alone dies: the server says so and goes on.
                os.kill(worker, signal.SIGKILL)
                row = server.wait(job)
                check("a killed scan", row["state"] in ("failed", "done"), row)
            else:
                server.process.kill()
                server.process.wait()
                server = Server(directory)
                acknowledged += 1  # the new password
                row = server.wait(job)
                check("a killed server", row["state"] in ("interrupted", "done"), row)
            ended[row["state"]] = ended.get(row["state"], 0) + 1
            if row["state"] == "done":
                done[job] = row["scan"]
            rows = server.ask("GET", "/api/v1/jobs?limit=200")["items"]
            check("no job runs", all(r["state"] != "running" for r in rows), rows)
            scans = {s["id"]: s for s in server.ask("GET", "/api/v1/scans?limit=200")["items"]}
            check("no scan without its job", set(scans) == set(done.values()), [list(scans), done])
            for scan in list(done.values())[-3:]:
                page = server.ask("GET", f"/api/v1/findings?source=aispm&scan={scan}")
                check("a scan that was done is whole", page["total"] == findings, page["total"])
            verified = subprocess.run(
                [AISPM, "--store", server.store, "audit", "verify"], capture_output=True, text=True
            )
            check("the audit log", verified.returncode == 0, verified.stdout)
            entries = int(verified.stdout.split(": ")[1].split()[0])
            check("every acknowledged change is in it", entries >= acknowledged, [entries, acknowledged])
        last = server.wait(server.ask("POST", "/api/v1/jobs", {})["id"])
        check("the last scan", last["state"] == "done", last)
        check("its findings", server.ask("GET", "/api/v1/findings?source=aispm")["total"] == findings)
        server.process.terminate()
        check("the server stops", server.process.wait(10) == 0)
        print(f"{KILLS} kills: jobs ended as {ended}; {len(done) + 1} scans whole, {entries} audit entries")


main()
