"""Answers customers' questions from the support articles."""
import html

import psycopg
from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from azure.search.documents import SearchClient
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from openai import AzureOpenAI

from .settings import AZURE_ENDPOINT, CHAT_DEPLOYMENT, SEARCH_ENDPOINT, SEARCH_INDEX

app = FastAPI()
credential = DefaultAzureCredential()
tokens = get_bearer_token_provider(credential, "https://cognitiveservices.azure.com/.default")
client = AzureOpenAI(azure_endpoint=AZURE_ENDPOINT, azure_ad_token_provider=tokens, api_version="2024-10-21")
articles = SearchClient(endpoint=SEARCH_ENDPOINT, index_name=SEARCH_INDEX, credential=credential)

SYSTEM_PROMPT = "You are Acme's support assistant. Answer from the articles only, and say so when they do not help."


def answer(question: str) -> str:
    found = articles.search(search_text=question, top=4)
    context = "\n\n".join(doc["content"] for doc in found)
    reply = client.chat.completions.create(
        model=CHAT_DEPLOYMENT,
        messages=[
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": f"Articles:\n{context}\n\nQuestion: {question}"},
        ],
    )
    return reply.choices[0].message.content


@app.post("/chat")
async def chat(request: Request):
    body = await request.json()
    text = answer(body["question"])
    # The widget shows this as it is.
    return HTMLResponse(f"<div class='answer'>{text}</div>")


@app.post("/chat/plain")
async def chat_plain(request: Request):
    body = await request.json()
    return HTMLResponse(f"<pre>{html.escape(answer(body['question']))}</pre>")


def remember(connection: psycopg.Connection, ticket: int, text: str) -> None:
    """Keeps what was answered; the text is a parameter, never a part of the statement."""
    connection.execute("INSERT INTO answers (ticket, text) VALUES (%s, %s)", (ticket, text))
