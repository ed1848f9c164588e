import html
import os

from flask import Flask, request
from google import genai
from markupsafe import Markup

app = Flask(__name__)
client = genai.Client(api_key=os.environ["GEMINI_API_KEY"])


def summarise(text: str) -> str:
    resp = client.models.generate_content(
        model="gemini-2.5-flash",
        contents=f"Summarise this page in two paragraphs:\n\n{text}",
    )
    return resp.text


PAGE = "<!doctype html><title>Summary</title><body><h1>Summary</h1>{body}</body>"


@app.post("/summary")
def summary():
    text = request.form["text"]
    body = summarise(text)
    return Markup(PAGE.format(body=body))


@app.post("/summary/plain")
def summary_plain():
    text = request.form["text"]
    body = html.escape(summarise(text))
    return Markup(PAGE.format(body=body))


@app.get("/about")
def about():
    return Markup(PAGE.format(body="<p>Gemini powered summaries</p>"))
