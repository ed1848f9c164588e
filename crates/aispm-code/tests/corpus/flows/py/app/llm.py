from openai import OpenAI


class Writer:
    def __init__(self, model="gpt-4o"):
        self.client = OpenAI()
        self.model = model

    def write(self, prompt):
        reply = self.client.chat.completions.create(model=self.model, messages=[{"role": "user", "content": prompt}])
        return reply.choices[0].message.content

    def count(self, prompt):
        return len(self.write(prompt))


writer = Writer()


def answer(prompt):
    return writer.write(prompt)


def labelled(prompt):
    return {"text": writer.write(prompt), "model": "gpt-4o"}
