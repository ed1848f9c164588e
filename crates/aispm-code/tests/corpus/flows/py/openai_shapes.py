import json
import os
import subprocess
from typing import Literal

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

client = OpenAI()
background = AsyncOpenAI()


class Plan(BaseModel):
    command: str
    retries: int
    action: Literal["start", "stop"]


def joined_stream(messages):
    parts = []
    for chunk in client.chat.completions.create(model="gpt-4o", messages=messages, stream=True):
        delta = chunk.choices[0].delta.content
        if delta is not None:
            parts.append(delta)
    exec("".join(parts))  # expect: taint code


def summed_stream(messages):
    code = ""
    for chunk in client.chat.completions.create(model="gpt-4o", messages=messages, stream=True):
        code += chunk.choices[0].delta.content or ""
    return eval(code)  # expect: taint code


def counted_stream(messages):
    total = 0
    for chunk in client.chat.completions.create(model="gpt-4o", messages=messages, stream=True):
        total += len(chunk.choices[0].delta.content or "")
    os.system(f"echo {total}")


def stream_helper(messages):
    with client.chat.completions.stream(model="gpt-4o", messages=messages) as stream:
        for event in stream:
            print(event.type)
        final = stream.get_final_completion()
    os.system(final.choices[0].message.content)  # expect: taint shell


async def async_stream(messages):
    stream = await background.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
    async for chunk in stream:
        exec(chunk.choices[0].delta.content)  # expect: taint code


def tool_calls(messages):
    reply = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[])
    for call in reply.choices[0].message.tool_calls or []:
        args = json.loads(call.function.arguments)
        if call.function.name == "run":
            subprocess.run(args["command"], shell=True)  # expect: taint shell
        elif call.function.name == "status":
            subprocess.run("uptime", shell=True)


def parsed(messages):
    reply = client.beta.chat.completions.parse(model="gpt-4o", messages=messages, response_format=Plan)
    plan = reply.choices[0].message.parsed
    subprocess.run(f"sleep {plan.retries} && svc {plan.action}", shell=True)
    subprocess.run(plan.command, shell=True)  # expect: taint shell


def responses(task):
    reply = client.responses.create(model="gpt-4.1", input=task)
    exec(reply.output_text)  # expect: taint code
    for item in reply.output:
        if item.type == "function_call":
            os.system(json.loads(item.arguments)["cmd"])  # expect: taint shell
    print(reply.usage.total_tokens)
    os.system("echo " + str(reply.usage.total_tokens))


def assistant(thread):
    messages = client.beta.threads.messages.list(thread_id=thread)
    os.system(messages.data[0].content[0].text.value)  # expect: taint shell


def several(messages):
    reply = client.chat.completions.create(model="gpt-4o", messages=messages, n=3)
    candidates = [choice.message.content for choice in reply.choices]
    best = max(candidates, key=len)
    exec(best)  # expect: taint code
    print(len(candidates))
    os.system("echo %d" % len(candidates))


def transcribed(path):
    words = client.audio.transcriptions.create(model="whisper-1", file=path)
    os.system(words.text)  # expect: taint shell


def arguments_of_callers(**options):
    reply = client.chat.completions.create(**options)
    os.system(reply.choices[0].message.content)  # expect: taint shell
