import os
from openai import OpenAI

MODEL = "gpt-4o-mini"
client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])


def ask(question):
    reply = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": question}])  # expect: model openai/gpt-4o-mini
    return reply.choices[0].message.content


def fallback(question):
    name = os.getenv("FALLBACK_MODEL", "gpt-3.5-turbo")
    return client.chat.completions.create(model=name, messages=[]).choices[0].message.content  # expect: model openai/gpt-3.5-turbo
