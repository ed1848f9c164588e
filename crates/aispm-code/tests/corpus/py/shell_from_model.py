import subprocess
import shlex
from openai import OpenAI

client = OpenAI()


def run(task):
    reply = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": task}])  # expect: model openai/gpt-4o
    command = reply.choices[0].message.content.strip()
    subprocess.run(command, shell=True)  # expect: taint shell
    subprocess.run("echo " + shlex.quote(command), shell=True)
    subprocess.run(["ls", "-l"], check=True)
    subprocess.run("git status", shell=True)


def unrelated(path):
    subprocess.run(f"du -sh {path}", shell=True)
