import ast
import operator

from transformers import pipeline

generator = pipeline("text-generation", model="Qwen/Qwen2.5-0.5B-Instruct")
OPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def generate(prompt, max_new_tokens=64):
    out = generator(prompt, max_new_tokens=max_new_tokens, return_full_text=False)
    return out[0]["generated_text"]


def compute(question):
    expr = generate(f"Python expression for: {question}\n").splitlines()[0]
    return eval(expr)


def compute_list(question):
    text = generate(f"A Python list of numbers for: {question}\n").splitlines()[0]
    try:
        values = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        values = []
    return sum(v for v in values if isinstance(v, (int, float)))


def compute_number(question):
    guess = float(generate(f"A number for: {question}\n").strip())
    return eval(f"round({guess}, 2) + 1")
