from crewai import Agent, Crew, Task, LLM
from crewai.tools import tool
import requests

llm = LLM(model="anthropic/claude-3-5-haiku-latest")  # expect: model anthropic/claude-3-5-haiku-latest


@tool("fetch page")
def fetch_page(url: str) -> str:  # expect: tool fetch page
    """Fetches a page."""
    return requests.get(url, timeout=10).text  # expect: taint url


researcher = Agent(role="Researcher", goal="Find things", backstory="You read pages.", tools=[fetch_page], llm=llm)  # expect: agent Researcher
crew = Crew(agents=[researcher], tasks=[Task(description="x", agent=researcher)])  # expect: agent crew
result = crew.kickoff()
