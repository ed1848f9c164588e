from openai import OpenAI
from .config import MODEL_NAME

client = OpenAI()


def complete(text):
    return client.chat.completions.create(model=MODEL_NAME, messages=[{"role": "user", "content": text}]).choices[0].message.content  # expect: model openai/gpt-4o-2024-08-06
