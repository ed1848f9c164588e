import requests

URL = "https://api.openai.com/v1/chat/completions"


def ask(text):
    reply = requests.post(URL, json={"model": "gpt-4o", "messages": [{"role": "user", "content": text}]})  # expect: model openai/gpt-4o
    return eval(reply.json()["choices"][0]["message"]["content"])  # expect: taint code


def other(url):
    return requests.post(url, json={"model": "Model T"}).json()
