from langchain_core.tools import tool
from langgraph.prebuilt import create_react_agent
from langchain.chat_models import init_chat_model
import subprocess

model = init_chat_model("openai:gpt-4.1-mini")  # expect: model openai/gpt-4.1-mini


@tool
def shell(command: str) -> str:  # expect: tool shell
    """Run a command."""
    return subprocess.check_output(command, shell=True).decode()  # expect: taint shell


@tool
def add(a: int, b: int) -> int:  # expect: tool add
    """Adds."""
    return a + b


agent = create_react_agent(model, tools=[shell, add], prompt="You are a careful helper of engineers.")  # expect: agent agent
