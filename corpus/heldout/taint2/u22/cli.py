"""Terminal assistant in the style of `sgpt`."""
import argparse
import os
import shutil
import subprocess
import sys

import litellm
from rich.console import Console
from rich.prompt import Confirm

console = Console()


def suggest(text, shell="bash"):
    out = litellm.completion(
        model=os.getenv("ASSIST_MODEL", "gpt-4o"),
        messages=[
            {"role": "system", "content": f"Reply with one {shell} command."},
            {"role": "user", "content": text},
        ],
        stream=True,
    )
    return "".join(part.choices[0].delta.content or "" for part in out)


def confirmed(cmd):
    console.print(f"[bold]{cmd}[/bold]", markup=False)
    if not Confirm.ask("Execute?", default=False):
        return 1
    return subprocess.call(cmd, shell=True)


def auto(cmd):
    if not cmd:
        return 1
    return subprocess.call([os.environ.get("SHELL", "/bin/sh"), "-c", cmd])


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("text")
    ap.add_argument("--yes", action="store_true")
    ap.add_argument("--raw", help="run this command of yours")
    ap.add_argument("--log")
    ns = ap.parse_args(argv)
    if ns.raw:
        return subprocess.call(ns.raw, shell=True)
    cmd = suggest(ns.text)
    if ns.log:
        with open(ns.log, "a") as fh:
            fh.write(cmd + "\n")
    if shutil.which(cmd.split()[0]) is None:
        console.print("not found")
        return 127
    return auto(cmd) if ns.yes else confirmed(cmd)


if __name__ == "__main__":
    sys.exit(main())
