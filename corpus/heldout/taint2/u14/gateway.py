"""FastAPI gateway: webhooks decided by the model."""
import ipaddress
import socket
from urllib.parse import quote, urlparse

import requests
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
import google.generativeai as genai

app = FastAPI()
model = genai.GenerativeModel("gemini-1.5-flash")
ROUTES = {"crm": "https://crm.internal/hook", "erp": "https://erp.internal/hook"}


class Note(BaseModel):
    text: str


def gen(text: str) -> str:
    return model.generate_content(text).text.strip()


@app.post("/forward")
def forward(note: Note):
    where = gen(f"Which webhook URL is meant by: {note.text}")
    r = requests.post(where, json={"text": note.text}, timeout=10)
    return {"status": r.status_code}


@app.post("/route")
def route(note: Note):
    key = gen(f"crm or erp? {note.text}")
    if key not in ROUTES:
        raise HTTPException(400, "unknown route")
    r = requests.post(ROUTES[key], json={"text": note.text}, timeout=10)
    return {"status": r.status_code}


@app.get("/weather")
def weather(place: str):
    city = gen(f"City in: {place}")
    r = requests.get(f"https://weather.example.com/v1/{quote(city, safe='')}", timeout=10)
    return r.json()


@app.get("/tenant")
def tenant(q: str):
    sub = gen(f"Tenant name in: {q}")
    r = requests.get(f"https://{sub}.tenants.example.com/status", timeout=10)
    return r.json()


@app.get("/go")
def go(q: str):
    link = gen(f"Best page for: {q}")
    if urlparse(link).netloc != "docs.example.com":
        link = "https://docs.example.com/"
    return RedirectResponse(link)


@app.get("/view", response_class=HTMLResponse)
def view(q: str):
    answer = gen(q)
    return HTMLResponse(f"<html><body><p>{answer}</p></body></html>")
