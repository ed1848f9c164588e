import agents
import ai
from collections import Agent


class OpenAI:
    pass


client = OpenAI()
worker = agents.Worker("x")
model = {"model": "Model-T", "year": 1908}
exec(open("setup.cfg").read())
