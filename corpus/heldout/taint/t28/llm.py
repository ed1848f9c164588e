from openai import AsyncOpenAI

client = AsyncOpenAI()


class Answerer:
    def __init__(self, model="gpt-4.1-mini"):
        self._model = model

    async def answer(self, question: str) -> dict:
        response = await client.responses.create(model=self._model, input=question)
        return {"text": response.output_text, "model": self._model, "id": response.id}
