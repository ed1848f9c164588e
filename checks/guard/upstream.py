"""A small OpenAI-compatible API that says what it is told, for checks and benchmarks.

usage: upstream.py PORT
The last message of a chat tells the answer: text as it is, or a JSON object {"say": [text of each choice], "cut": characters a
delta, "call": {"name", "arguments"}, "status": code of an error}. Nothing here comes from aispm.
"""
import asyncio, json, sys

CANCELLED = 0


def plan(messages, n):
    last = (messages[-1].get("content") or "") if messages else ""
    try:
        told = json.loads(last)
        told = told if isinstance(told, dict) and {"say", "call", "status", "wait"} & told.keys() else {"say": [last]}
    except ValueError:
        told = {"say": [last]}
    say = told.get("say", [""])
    told["say"] = [say[i % len(say)] for i in range(n or 1)]
    return told


def error(status, message, code):
    return status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def whole(ask, told):
    choices = []
    for index, text in enumerate(told["say"]):
        message, finish = {"role": "assistant", "content": text, "refusal": None, "annotations": []}, "stop"
        if "call" in told:
            message["content"] = None
            message["tool_calls"] = [{"id": f"call_{index}", "type": "function", "function": told["call"]}]
            finish = "tool_calls"
        choices.append({"index": index, "message": message, "logprobs": None, "finish_reason": finish})
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": ask["model"], "choices": choices,
            "usage": USAGE, "service_tier": "default", "system_fingerprint": "fp_1"}


def chunks(ask, told):
    def chunk(index, delta, finish=None):
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": ask["model"],
                "service_tier": "default", "system_fingerprint": "fp_1",
                "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}], "obfuscation": "x7"}
    cut = told.get("cut", 6)
    texts = told["say"]
    for index in range(len(texts)):
        yield chunk(index, {"role": "assistant", "content": None if "call" in told else "", "refusal": None})
    if "call" in told:
        for index in range(len(texts)):
            call = told["call"]
            yield chunk(index, {"tool_calls": [{"index": 0, "id": f"call_{index}", "type": "function", "function": {"name": call["name"], "arguments": ""}}]})
            for at in range(0, len(call["arguments"]), cut):
                yield chunk(index, {"tool_calls": [{"index": 0, "function": {"arguments": call["arguments"][at:at + cut]}}]})
            yield chunk(index, {}, "tool_calls")
    else:
        for at in range(0, max(map(len, texts)), cut):
            for index, text in enumerate(texts):
                if text[at:at + cut]:
                    yield chunk(index, {"content": text[at:at + cut]})
        for index in range(len(texts)):
            yield chunk(index, {}, "stop")
    if (ask.get("stream_options") or {}).get("include_usage"):
        yield {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": ask["model"], "choices": [], "usage": USAGE}


async def request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, v in (l.split(":", 1) for l in lines[1:] if ":" in l)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return lines[0].split(" ")[:2], headers, body


def reply(status, document, keep=b"keep-alive"):
    body = json.dumps(document).encode()
    return b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\nx-request-id: req-1\r\ncontent-length: %d\r\nconnection: %s\r\n\r\n%s" % (status, len(body), keep, body)


async def serve(reader, writer):
    global CANCELLED
    try:
        while True:
            (method, path), headers, body = await request(reader)
            path = path.split("?")[0]
            if path == "/cancelled":
                writer.write(reply(200, {"cancelled": CANCELLED}))
            elif headers.get("authorization") != "Bearer upstream-key":
                writer.write(reply(*error(401, "Incorrect API key provided.", "invalid_api_key")))
            elif path == "/v1/models":
                writer.write(reply(200, {"object": "list", "data": [{"id": "small-1", "object": "model", "created": 1, "owned_by": "acme"}]}))
            elif path == "/v1/embeddings":
                writer.write(reply(200, {"object": "list", "model": "e-1", "data": [{"object": "embedding", "index": 0, "embedding": "AACAPwAAAEA="}], "usage": {"prompt_tokens": 1, "total_tokens": 1}}))
            elif path == "/v1/chat/completions":
                ask = json.loads(body)
                told = plan(ask["messages"], ask.get("n"))
                if "status" in told:
                    writer.write(reply(*error(told["status"], "As you asked.", "as_asked")))
                elif not ask.get("stream"):
                    writer.write(reply(200, whole(ask, told)))
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n")
                    for chunk in chunks(ask, told):
                        event = b"data: " + json.dumps(chunk).encode() + b"\n\n"
                        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
                        await writer.drain()
                        # Each event is a packet of its own, as a model's are.
                        await asyncio.sleep(0)
                    if told.get("wait"):
                        await reader.read(1)
                        CANCELLED += 1
                        return
                    writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            else:
                writer.write(reply(*error(404, "No such call.", "unknown_url")))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
