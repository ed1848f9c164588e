import os
from typing import Type

from crewai import Agent, Crew, Task
from crewai.tools import BaseTool
from pydantic import BaseModel, Field

OUT_DIR = os.path.realpath("reports")


class WriteArgs(BaseModel):
    path: str = Field(..., description="where to write")
    text: str = Field(..., description="what to write")


class WriteFileTool(BaseTool):
    name: str = "write_file"
    description: str = "Write text to a file"
    args_schema: Type[BaseModel] = WriteArgs

    def _run(self, path: str, text: str) -> str:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w") as fh:
            fh.write(text)
        return "ok"


class WriteReportTool(BaseTool):
    name: str = "write_report"
    description: str = "Write a report"
    args_schema: Type[BaseModel] = WriteArgs

    def _run(self, path: str, text: str) -> str:
        full = os.path.realpath(os.path.join(OUT_DIR, path))
        if os.path.commonpath([OUT_DIR, full]) != OUT_DIR:
            return "error: path outside of the report folder"
        with open(full, "w") as fh:
            fh.write(text)
        return "ok"


writer = Agent(role="Writer", goal="write", backstory="", tools=[WriteFileTool(), WriteReportTool()])
task = Task(description="Write about {topic}", expected_output="a report", agent=writer)
crew = Crew(agents=[writer], tasks=[task])


def publish(topic: str) -> None:
    result = crew.kickoff(inputs={"topic": topic})
    os.system(f"echo '{result.raw}' | mail -s report team@example.com")


def archive(topic: str) -> None:
    crew.kickoff(inputs={"topic": topic})
    os.system("tar czf reports.tgz reports")
