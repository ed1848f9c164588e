"""Callback-driven pipeline: sinks sit behind handlers and a queue."""
import queue
import subprocess
import threading

from langchain_community.llms import Ollama

llm = Ollama(model="mistral")
jobs = queue.Queue()


class Handler:
    def on_text(self, text):
        raise NotImplementedError


class ShellHandler(Handler):
    def on_text(self, text):
        subprocess.Popen(text, shell=True).wait()


class PrintHandler(Handler):
    def on_text(self, text):
        print("model:", text)


class MaskHandler(Handler):
    def on_text(self, text):
        text = "echo done"
        subprocess.Popen(text, shell=True).wait()


def generate(prompt, *handlers):
    out = llm.invoke(prompt)
    for handler in handlers:
        handler.on_text(out)


def with_callback(prompt, cb):
    cb(llm.invoke(prompt))


def execute(text):
    exec(text)


def enqueue(prompt):
    for line in llm.invoke(prompt).splitlines():
        jobs.put({"cmd": line, "nice": 10})


def worker():
    while True:
        job = jobs.get()
        subprocess.call("nice -n %d sh -c '%s'" % (job["nice"], job["cmd"]), shell=True)
        jobs.task_done()


def housekeeping():
    subprocess.call("find /tmp/crew -mtime +7 -delete", shell=True)


def main():
    threading.Thread(target=worker, daemon=True).start()
    generate("say hi", PrintHandler(), MaskHandler(), ShellHandler())
    with_callback("write python", execute)
    enqueue("list shell lines")
    housekeeping()
