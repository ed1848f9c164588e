import subprocess
from typing import TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, StateGraph

llm = ChatOpenAI(model="gpt-4o")


class State(TypedDict):
    task: str
    command: str
    host: str


def execute(state: State):
    done = subprocess.run(state["command"], shell=True, capture_output=True)  # expect: taint shell
    subprocess.run("ping -c1 " + state["host"], shell=True)
    return {"task": done.stdout}


def plan(state: State):
    return {"command": llm.invoke(state["task"]).content}


graph = StateGraph(State)
graph.add_node("plan", plan)
graph.add_node("execute", execute)
graph.add_edge("plan", "execute")
app = graph.compile()
