from llm_guard import scan_prompt
from llm_guard.input_scanners import PromptInjection
from openai import OpenAI

scanners = [PromptInjection()]  # expect: guardrail llm-guard


def ask(text):
    clean, ok, _ = scan_prompt(scanners, text)  # expect: guardrail llm-guard
    return OpenAI().chat.completions.create(model="o3-mini", messages=[{"role": "user", "content": clean}])  # expect: model openai/o3-mini
