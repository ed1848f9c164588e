from jinja2 import Environment, Template, select_autoescape
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex

env = Environment(autoescape=select_autoescape(default_for_string=True, default=True))
LAYOUT = "<h1>Hello {{ name }}</h1><p>{{ answer }}</p>"

documents = SimpleDirectoryReader("data").load_data()
index = VectorStoreIndex.from_documents(documents)
query_engine = index.as_query_engine()


def personalised(name: str, question: str) -> str:
    response = query_engine.query(f"Write a Jinja mail template answering: {question}")
    return Template(str(response)).render(name=name)


def fixed_layout(name: str, question: str) -> str:
    response = query_engine.query(question)
    template = env.from_string(LAYOUT)
    return template.render(name=name, answer=str(response))


def from_string(question: str) -> str:
    response = query_engine.query(question)
    layout = "Dear {{ who }},\n" + response.response
    return env.from_string(layout).render(who="customer")
