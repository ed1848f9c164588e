"""Celery job: the model rewrites ffmpeg options for a clip."""
import os
import shlex
import subprocess

from celery import Celery
from openai import OpenAI

app = Celery("clips", broker="redis://localhost/0")
client = OpenAI(base_url="http://localhost:8000/v1", api_key="none")
PRESETS = {"web": "-crf 28 -preset fast", "print": "-crf 18 -preset slow"}


def suggest(what):
    stream = client.chat.completions.create(
        model="local", stream=True, messages=[{"role": "user", "content": what}]
    )
    acc = ""
    for chunk in stream:
        delta = chunk.choices[0].delta.content
        if delta:
            acc += delta
    return acc


@app.task(bind=True, max_retries=3)
def transcode(self, clip_id: int, wish: str):
    flags = suggest(f"ffmpeg output flags for: {wish}")
    try:
        subprocess.check_call(f"ffmpeg -i /clips/{int(clip_id)}.mp4 {flags} /out/{int(clip_id)}.mp4", shell=True)
    except subprocess.CalledProcessError as exc:
        raise self.retry(exc=exc)


@app.task
def transcode_preset(clip_id: int, wish: str):
    key = suggest(f"web or print: {wish}").strip()
    flags = PRESETS.get(key, PRESETS["web"])
    subprocess.check_call(f"ffmpeg -i /clips/{int(clip_id)}.mp4 {flags} /out/{int(clip_id)}.mp4", shell=True)


@app.task
def label_clip(clip_id: int):
    text = suggest(f"one-line title for clip {clip_id}")
    argv = ["exiftool", f"-Title={text}", f"/out/{int(clip_id)}.mp4"]
    subprocess.run(argv, check=True)


@app.task
def hook(clip_id: int):
    line = suggest("write a post-processing shell line")
    argv = ["bash", "-c", line]
    subprocess.run(argv, check=True)
