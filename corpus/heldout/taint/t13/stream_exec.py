from openai import OpenAI

client = OpenAI(base_url="http://localhost:8000/v1", api_key="none")

PRELUDE = "import math\nimport statistics\n"


def stream_code(task):
    stream = client.chat.completions.create(
        model="qwen2.5-coder",
        stream=True,
        messages=[{"role": "user", "content": f"Only Python code, no prose: {task}"}],
    )
    parts = []
    for chunk in stream:
        delta = chunk.choices[0].delta.content
        if delta:
            parts.append(delta)
            print(delta, end="", flush=True)
    return "".join(parts)


def execute(task):
    scope = {}
    exec(PRELUDE, scope)
    source = stream_code(task)
    compiled = compile(source, "<llm>", "exec")
    exec(compiled, scope)
    return scope.get("result")


if __name__ == "__main__":
    print(execute("assign the 20th fibonacci number to result"))
