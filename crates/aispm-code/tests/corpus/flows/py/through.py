import asyncio
import base64
import json
import os
import queue
import re
import subprocess
import textwrap
from collections import deque
from dataclasses import dataclass
from string import Template

from openai import OpenAI

client = OpenAI()
jobs = queue.Queue()
history = deque(maxlen=9)
latest = ""


def ask(prompt):
    reply = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": prompt}])
    return reply.choices[0].message.content


@dataclass
class Job:
    command: str
    owner: str


def worker():
    while True:
        job = jobs.get()
        subprocess.run(job, shell=True)  # expect: taint shell


def producer(prompt):
    jobs.put(ask(prompt))


def pieces(messages):
    for chunk in client.chat.completions.create(model="gpt-4o", messages=messages, stream=True):
        yield chunk.choices[0].delta.content


def generated(messages):
    for piece in pieces(messages):
        os.system(piece)  # expect: taint shell


def fenced(prompt):
    text = ask(prompt)
    found = re.search(r"```python\n(.*?)```", text, re.S)
    code = found.group(1) if found else text
    exec(textwrap.dedent(code))  # expect: taint code


def decoded(prompt):
    exec(base64.b64decode(ask(prompt)).decode())  # expect: taint code


def by_dataclass(prompt, user):
    job = Job(command=ask(prompt), owner=user)
    os.system("echo " + job.owner)
    os.system(job.command)  # expect: taint shell


def by_template(prompt):
    os.system(Template("convert $name out.png").substitute(name=ask(prompt)))  # expect: taint shell


def by_format(prompt):
    os.system("convert {} out.png".format(ask(prompt)))  # expect: taint shell
    os.system("convert %s out.png" % ask(prompt))  # expect: taint shell


def spread(prompt):
    run_named(**json.loads(ask(prompt)))


def run_named(command, cwd="."):
    subprocess.run(command, shell=True)  # expect: taint shell


def remember(prompt):
    global latest
    latest = ask(prompt)


def replay():
    os.system(latest)  # expect: taint shell


def commands(prompt):
    plan = json.loads(ask(prompt))
    lines = [step["cmd"] for step in plan["steps"] if step.get("cmd")]
    os.system(" && ".join(lines))  # expect: taint shell
    first, *others = lines
    os.system(first)  # expect: taint shell
    table = {step["id"]: step["cmd"] for step in plan["steps"]}
    os.system(table["a"])  # expect: taint shell


async def many(prompts):
    answers = await asyncio.gather(*[asyncio.to_thread(ask, p) for p in prompts])
    for answer in answers:
        exec(answer)  # expect: taint code


def fallback(prompt):
    code = None
    try:
        code = ask(prompt)
    except TimeoutError:
        code = "pass"
    exec(code)  # expect: taint code


def walrus(prompt):
    if (code := ask(prompt)).startswith("print"):
        exec(code)  # expect: taint code


def overwritten(prompt):
    code = ask(prompt)
    print(code)
    code = "print(1)"
    exec(code)


class Session:
    def __init__(self):
        self.last = None
        self.state = {}

    def run(self):
        os.system(self.last)  # expect: taint shell

    def step(self, prompt):
        self.last = ask(prompt)
        self.state["count"] = 3

    def show(self):
        os.system("echo %s" % self.state["count"])


def logged(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@logged
def suggestion(prompt):
    return ask(prompt)


def decorated(prompt):
    exec(suggestion(prompt))  # expect: taint code


def apply(function, value):
    return function(value)


def passed_on(prompt):
    apply(exec_text, ask(prompt))


def exec_text(text):
    exec(text)  # expect: taint code


def with_lambda(prompt):
    run = lambda c: subprocess.getoutput(c)  # expect: taint shell
    run(ask(prompt))


def written_then_run(prompt):
    with open("job.py", "w") as f:
        f.write(ask(prompt))
    subprocess.run(["python", "job.py"])  # expect: taint shell
    subprocess.run(["python", "other.py"])


def first_block(text):
    return text.split("```")[1]


def of_a_file(path):
    exec(first_block(open(path).read()))


def of_a_model(prompt):
    exec(first_block(ask(prompt)))  # expect: taint code


def labelled(prompt):
    return {"text": ask(prompt), "model": "gpt-4o"}


def by_field(prompt):
    answer = labelled(prompt)
    os.system("echo " + answer["model"])
    os.system(answer["text"])  # expect: taint shell


class Draft:
    def __init__(self):
        self.body = ""
        self.title = "none"

    def fill(self, prompt):
        self.body = ask(prompt)

    @property
    def code(self):
        return self.body.strip()


def by_instance(prompt):
    draft = Draft()
    draft.fill(prompt)
    os.system("echo " + draft.title)
    os.system(draft.body)  # expect: taint shell
    exec(draft.code)  # expect: taint code


class Executor:
    plan = None

    def go(self):
        os.system(self.plan)  # expect: taint shell


def set_from_outside(prompt):
    executor = Executor()
    executor.plan = ask(prompt)
    executor.go()
