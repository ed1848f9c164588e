"""Terminal assistant that remembers the last answer."""
import os

import anthropic


class Assistant:
    def __init__(self, model: str = "claude-3-5-haiku-latest"):
        self.client = anthropic.Anthropic()
        self.model = model
        self.history = []
        self.last_answer = ""
        self.last_typed = ""

    def chat(self, text: str) -> None:
        self.last_typed = text
        self.history.append({"role": "user", "content": text})
        reply = self.client.messages.create(
            model=self.model, max_tokens=512, messages=self.history
        )
        self.last_answer = reply.content[0].text
        self.history.append({"role": "assistant", "content": self.last_answer})

    def run_last(self) -> str:
        with os.popen(self.last_answer) as pipe:
            return pipe.read()

    def run_typed(self) -> str:
        with os.popen(self.last_typed) as pipe:
            return pipe.read()


def repl() -> None:
    bot = Assistant()
    while True:
        line = input("> ")
        if line == "/run":
            print(bot.run_last())
        elif line == "/again":
            print(bot.run_typed())
        else:
            bot.chat(line)
            print(bot.last_answer)


if __name__ == "__main__":
    repl()
