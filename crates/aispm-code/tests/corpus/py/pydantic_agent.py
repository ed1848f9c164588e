from pydantic_ai import Agent
import httpx

agent = Agent("google-gla:gemini-2.0-flash", system_prompt="Answer questions about the weather.")  # expect: agent agent; model google/gemini-2.0-flash


@agent.tool_plain
def weather(city: str) -> str:  # expect: tool weather
    """Weather of a city."""
    return httpx.get(f"https://weather.example/{city}").text


def main():
    result = agent.run_sync("What is the weather?")
    exec(result.output)  # expect: taint code
