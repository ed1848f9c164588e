from fastapi import Depends, FastAPI
from openai import AsyncOpenAI
from .auth import get_current_user

app = FastAPI()
client = AsyncOpenAI()


async def answer(text: str) -> str:
    r = await client.responses.create(model="gpt-4.1", input=text)  # expect: model openai/gpt-4.1; input http-request
    return r.output_text


@app.post("/chat")  # expect: endpoint POST /chat
async def chat(body: dict, user=Depends(get_current_user)):
    return {"answer": await answer(body["text"])}
