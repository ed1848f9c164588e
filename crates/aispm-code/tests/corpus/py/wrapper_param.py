from openai import OpenAI

DEFAULTS = {"fast": "gpt-4o-mini", "best": "gpt-4.1"}


def make(model=DEFAULTS["fast"]):
    return OpenAI().chat.completions.create(model=model, messages=[])  # expect: model openai/gpt-4o-mini; model openai/gpt-4.1


make(DEFAULTS["best"])
