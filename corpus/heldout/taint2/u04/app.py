import html

import bleach
from flask import Flask, Response, render_template_string, request
from markupsafe import Markup
from google import genai

app = Flask(__name__)
gclient = genai.Client()

PAGE = """<!doctype html><title>Answer</title>
<h1>{{ title }}</h1><section>{{ body }}</section>"""


def gemini(question):
    result = gclient.models.generate_content(model="gemini-2.0-flash", contents=question)
    return result.text


@app.get("/ask")
def ask_page():
    answer = gemini(request.args.get("q", "hello"))
    return render_template_string(PAGE, title="Answer", body=answer)


@app.get("/raw")
def raw_page():
    answer = gemini(request.args.get("q", "hello"))
    return Response("<main>" + answer + "</main>", mimetype="text/html")


@app.get("/escaped")
def escaped_page():
    answer = gemini(request.args.get("q", "hello"))
    return Response(f"<main>{html.escape(answer)}</main>", mimetype="text/html")


@app.get("/rich")
def rich_page():
    answer = gemini("Use simple HTML. " + request.args.get("q", "hello"))
    clean = bleach.clean(answer, tags=["p", "b", "i", "ul", "li"], strip=True)
    return render_template_string(PAGE, title="Rich", body=Markup(clean))


@app.get("/richer")
def richer_page():
    answer = gemini("Use HTML with tables. " + request.args.get("q", "hello"))
    body = answer.replace("<script", "&lt;script")
    trusted = Markup(body)
    return {"fragment": str(trusted)}


@app.get("/layout")
def layout_page():
    draft = gemini("Write a Jinja page with {{ title }} for: " + request.args.get("q", "shop"))
    return render_template_string(draft, title="Draft")
