import json
import os
import re
import shlex
import subprocess
from enum import Enum
from pathlib import Path
from urllib.parse import urlparse

import requests
from openai import OpenAI

client = OpenAI()
ALLOWED = {"start", "stop"}
HOSTS = ["docs.acme.example"]
COMMANDS = {"status": "uptime", "disk": "df -h"}
BASE = Path("/srv/data").resolve()


class Action(Enum):
    START = "start"
    STOP = "stop"


def ask(prompt):
    return client.responses.create(model="gpt-4o", input=prompt).output_text


def listed(prompt):
    verb = ask(prompt).strip().lower()
    if verb not in ALLOWED:
        raise ValueError(verb)
    subprocess.run(f"svc {verb}", shell=True)


def listed_but_used_before(prompt):
    verb = ask(prompt)
    subprocess.run(f"svc {verb}", shell=True)  # expect: taint shell
    if verb not in ALLOWED:
        raise ValueError(verb)


def listed_but_only_warned(prompt):
    verb = ask(prompt)
    if verb not in ALLOWED:
        print("odd")
    subprocess.run(f"svc {verb}", shell=True)  # expect: taint shell


def table(prompt):
    key = ask(prompt)
    subprocess.run(COMMANDS[key], shell=True)
    subprocess.run(COMMANDS.get(key, "true"), shell=True)
    subprocess.run(COMMANDS.get(key, key), shell=True)  # expect: taint shell


def enumerated(prompt):
    action = Action(ask(prompt))
    subprocess.run(f"svc {action.value}", shell=True)


def quoted(prompt):
    subprocess.run(f"grep {shlex.quote(ask(prompt))} log", shell=True)


def whole_match(prompt):
    name = ask(prompt)
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        return
    os.system(f"systemctl status {name}")


def anchored_match(prompt):
    name = ask(prompt)
    if not re.match(r"^[a-z0-9_]+$", name):
        raise ValueError(name)
    os.system(f"systemctl status {name}")


def open_match(prompt):
    name = ask(prompt)
    if not re.match(r"[a-z0-9_]+", name):
        raise ValueError(name)
    os.system(f"systemctl status {name}")  # expect: taint shell


def numbered(prompt):
    count = int(ask(prompt))
    os.system(f"head -n {count} log")


def below_base(prompt):
    target = (BASE / ask(prompt)).resolve()
    if not target.is_relative_to(BASE):
        raise PermissionError(target)
    return target.read_text()


def not_below_base(prompt):
    target = BASE / ask(prompt)
    return open(target).read()  # expect: taint file-path


def known_host(prompt):
    link = ask(prompt)
    if urlparse(link).hostname not in HOSTS:
        raise ValueError(link)
    return requests.get(link, timeout=3)


def known_scheme(prompt):
    link = ask(prompt)
    if urlparse(link).scheme != "https":
        raise ValueError(link)
    return requests.get(link, timeout=3)  # expect: taint url


def one_of(prompt):
    choice = json.loads(ask(prompt))["choice"]
    if choice == "a":
        os.system(f"run {choice}")
    else:
        os.system(f"run {choice}")  # expect: taint shell


def matched(prompt):
    match ask(prompt):
        case "up":
            os.system("svc up")
        case other:
            os.system(other)  # expect: taint shell


def cleaned(prompt):
    name = re.sub(r"[^\w-]", "_", ask(prompt))
    open(f"out/{name}.txt", "w")
    os.system(f"touch {name}")


def tag_stripped(prompt):
    name = ask(prompt).replace("\n", " ")
    os.system(f"touch {name}")  # expect: taint shell


def loop_guard(prompt):
    for verb in ask(prompt).split(","):
        if verb not in ALLOWED:
            continue
        os.system(f"svc {verb}")


def checked_by_all(prompt):
    words = ask(prompt).split()
    if not all(w in ALLOWED for w in words):
        return
    os.system(" ".join(words))
