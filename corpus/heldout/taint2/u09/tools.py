"""Registry decorator and the tools which the model may call."""
import functools
import os
import re
import subprocess

REGISTRY = {}


def register(fn):
    @functools.wraps(fn)
    def wrapper(**kwargs):
        print(f"[tool] {fn.__name__} {sorted(kwargs)}")
        return fn(**kwargs)

    REGISTRY[fn.__name__] = wrapper
    return wrapper


@register
def ping(host):
    return os.popen("ping -c 1 " + host).read()


@register
def ping_strict(host):
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,62}", host):
        return "bad host"
    return os.popen("ping -c 1 " + host).read()

@register
def uptime():
    return os.popen("uptime").read()


@register
def dig(host, kind="A"):
    proc = subprocess.run(["dig", "+short", "-t", kind, "-q", host], capture_output=True, text=True)
    return proc.stdout


@register
def run(program, args):
    return subprocess.check_output([program, *args], text=True)
