"""Plot generator: streams code from Ollama and executes it in the kernel."""
import re

import ollama

FENCE = re.compile(r"```(?:python)?\n(.*?)```", re.S)
PRELUDE = "import math\nimport statistics\n"


def stream_text(prompt):
    for part in ollama.chat(model="qwen2.5-coder", messages=[{"role": "user", "content": prompt}], stream=True):
        yield part["message"]["content"]


def blocks(chunks):
    buffer = "".join(chunks)
    yield from (m.group(1) for m in FENCE.finditer(buffer))


class Kernel:
    def __init__(self):
        self.ns = {}
        exec(PRELUDE, self.ns)

    def run_all(self, prompt):
        ran = 0
        for src in blocks(stream_text(prompt)):
            exec(compile(src, "<cell>", "exec"), self.ns)
            ran += 1
        return ran

    def run_confirmed(self, prompt):
        for src in blocks(stream_text(prompt)):
            print("-" * 40)
            print(src)
            if input("Run this cell? [y/N] ").strip().lower() != "y":
                continue
            exec(src, self.ns)

    def run_user(self):
        src = input(">>> ")
        exec(src, self.ns)
        self.ns["_last"] = src


def choose_metric(prompt):
    name = "".join(stream_text(prompt)).strip().lower()
    table = {"mean": "statistics.mean", "median": "statistics.median"}
    if name not in table:
        return None
    return eval(table[name], {"statistics": __import__("statistics")})


def score(prompt, xs):
    formula = "".join(stream_text(f"Give a Python formula over xs for {prompt}"))
    return eval(formula, {"__builtins__": {}}, {"xs": xs})
