import base64
import pickle

import litellm
import yaml


def llm(prompt, model="ollama/llama3"):
    res = litellm.completion(model=model, messages=[{"role": "user", "content": prompt}])
    return res["choices"][0]["message"]["content"]


def strip_fence(text):
    if text.startswith("```"):
        text = text.split("\n", 1)[1].rsplit("```", 1)[0]
    return text


def deployment(description):
    doc = strip_fence(llm(f"Write a YAML deployment for {description}"))
    return yaml.load(doc, Loader=yaml.UnsafeLoader)


def deployment_safe(description):
    doc = strip_fence(llm(f"Write a YAML deployment for {description}"))
    return yaml.safe_load(doc)


def restore_state(session):
    blob = llm(f"Repeat the base64 state of session {session}")
    return pickle.loads(base64.b64decode(blob))


def load_cache(path="cache.pkl"):
    with open(path, "rb") as fh:
        return pickle.loads(fh.read())
