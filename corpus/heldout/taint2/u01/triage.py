"""On-call helper: asks a model for a diagnostic command and runs it on the bastion."""
import logging
import shlex
import subprocess
import time

from openai import OpenAI, RateLimitError

log = logging.getLogger("triage")
client = OpenAI()

SYSTEM = "You are an SRE. Reply with one single-line bash command and nothing else."


def ask(prompt: str, attempts: int = 3) -> str:
    last = None
    for n in range(attempts):
        try:
            resp = client.chat.completions.create(
                model="gpt-4o-mini",
                messages=[
                    {"role": "system", "content": SYSTEM},
                    {"role": "user", "content": prompt},
                ],
            )
            return resp.choices[0].message.content.strip()
        except RateLimitError as exc:
            last = exc
            time.sleep(2 ** n)
    raise RuntimeError("model unavailable") from last


def collect_baseline() -> str:
    proc = subprocess.run("df -h && free -m", shell=True, capture_output=True, text=True)
    return proc.stdout


def diagnose(alert: dict) -> dict:
    baseline = collect_baseline()
    cmd = ask(f"Alert: {alert['title']}\n\nHost state:\n{baseline}")
    log.info("model suggested %r", cmd)
    out = subprocess.run(cmd, shell=True, capture_output=True, text=True, timeout=60)
    return {"command": cmd, "stdout": out.stdout[-4000:]}


def grep_logs(alert: dict) -> str:
    needle = ask(f"Give one literal string to search the log for: {alert['title']}")
    quoted = shlex.quote(needle)
    res = subprocess.run(f"grep -F -e {quoted} /var/log/app.log | tail -50", shell=True, capture_output=True, text=True)
    return res.stdout


def count_hits(alert: dict) -> int:
    needle = ask(f"Give one literal string to search the log for: {alert['title']}")
    res = subprocess.run(["grep", "-c", "-F", "-e", needle, "--", "/var/log/app.log"], capture_output=True, text=True)
    return int(res.stdout or 0)
