import bleach
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse

from llm import Answerer

app = FastAPI()
answerer = Answerer()
ALLOWED_TAGS = ["p", "b", "i", "ul", "li", "code"]


@app.get("/raw")
async def raw(q: str):
    result = await answerer.answer(q)
    return HTMLResponse(f"<main>{result['text']}</main>")


@app.get("/clean")
async def clean(q: str):
    result = await answerer.answer(q)
    safe = bleach.clean(result["text"], tags=ALLOWED_TAGS)
    return HTMLResponse(f"<main>{safe}</main>")


@app.get("/model")
async def model(q: str):
    result = await answerer.answer(q)
    return HTMLResponse(f"<main>{result['model']}</main>")


@app.get("/text")
async def text(q: str):
    result = await answerer.answer(q)
    return PlainTextResponse(result["text"])
