"""Natural-language plotting: the model writes matplotlib code."""
import ast
import re

import anthropic
import matplotlib.pyplot as plt
import pandas as pd

CODE_BLOCK = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)
client = anthropic.Anthropic()


def complete(question: str, columns: list[str]) -> str:
    message = client.messages.create(
        model="claude-sonnet-4-20250514",
        max_tokens=1024,
        messages=[
            {
                "role": "user",
                "content": f"Columns: {columns}. Write matplotlib code for: {question}",
            }
        ],
    )
    return message.content[0].text


def extract_code(answer: str) -> str:
    match = CODE_BLOCK.search(answer)
    return match.group(1) if match else answer


def draw(df: pd.DataFrame, question: str) -> None:
    code = extract_code(complete(question, list(df.columns)))
    namespace = {"df": df, "plt": plt}
    exec(code, namespace)
    plt.savefig("out.png")


def pick_columns(df: pd.DataFrame, question: str) -> list:
    answer = complete(f"Return only a Python list of column names for: {question}", list(df.columns))
    return ast.literal_eval(extract_code(answer).strip())
