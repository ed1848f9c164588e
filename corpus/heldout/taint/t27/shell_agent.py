import subprocess

from anthropic import Anthropic

client = Anthropic()
BASH_TOOL = {
    "name": "bash",
    "description": "Run a bash command",
    "input_schema": {
        "type": "object",
        "properties": {"command": {"type": "string"}},
        "required": ["command"],
    },
}


def execute(command: str) -> str:
    proc = subprocess.Popen(
        command,
        shell=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    out, _ = proc.communicate(timeout=60)
    return out


def escape_to_shell(line: str) -> None:
    subprocess.Popen(line[1:], shell=True).wait()


def turn(messages: list) -> list:
    reply = client.messages.create(
        model="claude-sonnet-4-20250514", max_tokens=1024, tools=[BASH_TOOL], messages=messages
    )
    messages.append({"role": "assistant", "content": reply.content})
    results = []
    for block in reply.content:
        if block.type == "tool_use":
            results.append(
                {"type": "tool_result", "tool_use_id": block.id, "content": execute(block.input["command"])}
            )
        elif block.type == "text":
            print(block.text)
    return results


def main() -> None:
    messages: list = []
    while (line := input("you> ")) != "quit":
        if line.startswith("!"):
            escape_to_shell(line)
            continue
        messages.append({"role": "user", "content": line})
        while results := turn(messages):
            messages.append({"role": "user", "content": results})


if __name__ == "__main__":
    main()
