import json
from anthropic import Anthropic

llm = Anthropic()


def complete(prompt):
    message = llm.messages.create(model="claude-3-5-sonnet-20241022", max_tokens=100, messages=[{"role": "user", "content": prompt}])  # expect: model anthropic/claude-3-5-sonnet-20241022
    return message.content[0].text


def compute(question):
    expression = complete(f"Give a Python expression for: {question}")
    return eval(expression)  # expect: taint code


def safe(question):
    data = json.loads(complete(question))
    return int(data["n"]) + 1


def count(question):
    n = int(complete(question))
    return eval(f"range({n})")
