from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from pkg.settings import SMALL, settings

llm = ChatAnthropic(model=settings.llm_model)  # expect: model anthropic/claude-3-5-haiku-latest
small = ChatOpenAI(model=SMALL["id"])  # expect: model openai/gpt-4.1-nano
