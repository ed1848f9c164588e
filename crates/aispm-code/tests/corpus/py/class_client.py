import os
from openai import AzureOpenAI


class Assistant:
    def __init__(self, model: str = "gpt-4o"):
        self.model = model
        self.client = AzureOpenAI(azure_endpoint="https://acme.openai.azure.com", api_version="2024-06-01")

    def ask(self, text):
        reply = self.client.chat.completions.create(model=self.model, messages=[{"role": "user", "content": text}])  # expect: model azure-openai/gpt-4o
        self.last = reply.choices[0].message.content
        return self.last

    def run(self):
        os.system(self.last)  # expect: taint shell
