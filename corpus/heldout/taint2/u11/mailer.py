"""Newsletter writer: Jinja templates, partly drafted by a model."""
from enum import Enum

from jinja2 import Environment, FileSystemLoader, Template
from jinja2.sandbox import SandboxedEnvironment
from langchain_anthropic import ChatAnthropic
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

llm = ChatAnthropic(model="claude-3-5-sonnet-latest")
prompt = ChatPromptTemplate.from_template("Write a newsletter about {topic}")
chain = prompt | llm | StrOutputParser()

env = Environment(loader=FileSystemLoader("templates"), autoescape=True)
LAYOUT = "Hello {{ name }},\n\n{{ text }}\n"


class Layout(str, Enum):
    SHORT = "short.html"
    LONG = "long.html"


def draft(topic):
    return chain.invoke({"topic": topic})


def render_plain(topic, name):
    return Template(LAYOUT).render(name=name, text=draft(topic))


def render_draft(topic, name):
    body = draft(topic) + "\n\nBye, {{ name }}"
    return Template(body).render(name=name)


def render_env(topic, name):
    source = "{% extends 'base.html' %}{% block main %}" + draft(topic) + "{% endblock %}"
    tpl = env.from_string(source)
    return tpl.render(name=name)


def render_choice(topic, name):
    choice = Layout(chain.invoke({"topic": f"pick short.html or long.html for {topic}"}).strip())
    return env.get_template(choice.value).render(name=name)


def render_batch(topics, name):
    pages = [draft(t) for t in topics]
    return [Template(LAYOUT).render(name=name, text=p) for p in pages]
