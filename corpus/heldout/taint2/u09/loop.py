import anthropic

from tools import REGISTRY

client = anthropic.Anthropic()


def specs():
    return [
        {"name": n, "description": n, "input_schema": {"type": "object", "properties": {}}}
        for n in REGISTRY
    ]


def drive(goal, rounds=6):
    messages = [{"role": "user", "content": goal}]
    for _ in range(rounds):
        reply = client.messages.create(model="claude-sonnet-4-5", max_tokens=1024, tools=specs(), messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
        if reply.stop_reason != "tool_use":
            break
        results = []
        for block in reply.content:
            if block.type == "tool_use":
                output = REGISTRY[block.name](**block.input)
                results.append({"type": "tool_result", "tool_use_id": block.id, "content": str(output)})
        messages.append({"role": "user", "content": results})
    return messages
