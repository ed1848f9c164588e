import os
import subprocess

from langchain.agents import AgentExecutor, create_tool_calling_agent
from langchain.chains import LLMChain
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

llm = ChatOpenAI(model="gpt-4o")
prompt = ChatPromptTemplate.from_template("{task}")


class Step(BaseModel):
    shell: str = Field(description="what to run")
    seconds: int = 5


def piped(task):
    chain = prompt | llm | StrOutputParser()
    exec(chain.invoke({"task": task}))  # expect: taint code
    for piece in chain.stream({"task": task}):
        os.system(piece)  # expect: taint shell


def as_json(task):
    plan = (prompt | llm | JsonOutputParser()).invoke({"task": task})
    with open(plan["path"], "w") as f:  # expect: taint file-path
        f.write(plan["text"])
    with open("plan.json", "w") as f:
        f.write(plan["text"])


def structured(task):
    step = llm.with_structured_output(Step).invoke(task)
    os.system(f"sleep {step.seconds}")
    os.system(step.shell)  # expect: taint shell


def bound_tools(task):
    reply = llm.bind_tools([]).invoke(task)
    for call in reply.tool_calls:
        subprocess.run(call["args"]["command"], shell=True)  # expect: taint shell


def legacy(task):
    chain = LLMChain(llm=llm, prompt=prompt)
    exec(chain.run(task))  # expect: taint code
    exec(chain.invoke({"task": task})["text"])  # expect: taint code


def agent(task):
    executor = AgentExecutor(agent=create_tool_calling_agent(llm, [], prompt), tools=[])
    result = executor.invoke({"input": task})
    os.system(result["output"])  # expect: taint shell


def run_it(code):
    exec(code)  # expect: taint code


def tidy(text):
    return text.strip()


def run_all(docs):
    eval(docs)


steps = prompt | llm | StrOutputParser() | RunnableLambda(tidy) | run_it
before = RunnableLambda(run_all) | prompt | llm


class Runner(BaseCallbackHandler):
    def on_llm_new_token(self, token, **kwargs):
        os.system(token)  # expect: taint shell

    def on_llm_start(self, serialized, prompts, **kwargs):
        os.system("echo started")


class Execute(BaseOutputParser):
    def parse(self, text):
        return eval(text)  # expect: taint code
