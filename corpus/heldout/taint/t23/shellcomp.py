"""Tab completion generator for our CLI. `client.completions` is the internal package index."""
import subprocess

import requests


class Completions:
    def __init__(self, base_url):
        self.base_url = base_url

    def create(self, prefix):
        r = requests.get(f"{self.base_url}/complete", params={"q": prefix})
        return r.json()


class IndexClient:
    def __init__(self, base_url="https://index.internal"):
        self.completions = Completions(base_url)


client = IndexClient()


def install_first(prefix):
    response = client.completions.create(prefix)
    name = response["choices"][0]["text"]
    subprocess.run(f"pip install {name}", shell=True, check=True)


class TestRunner:
    def __init__(self):
        self.messages = []

    def invoke(self, target):
        self.messages.append(target)
        return f"make {target}"


def run_chain():
    chain = TestRunner()
    content = chain.invoke("test")
    subprocess.run(content, shell=True, check=True)
