import litellm
import yaml

from models import Deployment, Plan


def _text(prompt):
    return litellm.completion(
        model="anthropic/claude-3-5-haiku-latest",
        messages=[{"role": "user", "content": prompt}],
    )["choices"][0]["message"]["content"]


def make_plan(goal):
    doc = yaml.safe_load(_text(f"Write a YAML plan with title, steps, target for: {goal}"))
    return Plan(title=doc["title"], steps=list(doc["steps"]), target=doc["target"])


def make_deployment(goal):
    text = _text(f"Write a full deployment as YAML with python tags for: {goal}")
    doc = yaml.load(text, Loader=yaml.UnsafeLoader)
    return Deployment(plan=Plan(**doc))
