import json
import shlex
import subprocess

from openai import OpenAI

client = OpenAI()


def make_plan(goal):
    completion = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": f"JSON with steps[] and files[] for: {goal}"}],
        response_format={"type": "json_object"},
    )
    return json.loads(completion.choices[0].message.content)


def run_plan(goal):
    plan = make_plan(goal)
    steps = [s["cmd"] for s in plan["steps"] if s.get("cmd")]
    for i, step in enumerate(steps):
        print(f"[{i + 1}/{len(steps)}]")
        subprocess.call(step, shell=True)


def stage(goal):
    plan = make_plan(goal)
    quoted = " ".join(shlex.quote(f) for f in plan["files"])
    subprocess.call(f"git add -- {quoted}", shell=True)


def stage_joined(goal):
    plan = make_plan(goal)
    names = " ".join(plan["files"])
    subprocess.call("git add -- {}".format(names), shell=True)


def stage_default(goal, names=("README.md", "setup.py")):
    make_plan(goal)
    subprocess.call("git add -- {}".format(" ".join(names)), shell=True)
