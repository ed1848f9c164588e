import html
import smtplib
from email.mime.text import MIMEText

import gradio as gr
import nh3
import streamlit as st
import streamlit.components.v1 as components
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from flask import Flask, Response, jsonify, make_response, redirect
from IPython.display import HTML, display
from openai import OpenAI

client = OpenAI()
site = Flask(__name__)
api = FastAPI()


def ask(prompt):
    return client.responses.create(model="gpt-4o", input=prompt).output_text


@site.get("/a")
def flask_page():
    answer = ask("hello")
    return f"<html><body>{answer}</body></html>"  # expect: taint html


@site.get("/b")
def flask_escaped():
    return f"<html><body>{html.escape(ask('hello'))}</body></html>"


@site.get("/c")
def flask_json():
    return jsonify({"answer": ask("hello")})


@site.get("/d")
def flask_response():
    body = "<p>" + ask("hello") + "</p>"
    if len(body) > 99:
        return Response(body, mimetype="text/html")  # expect: taint html
    if len(body) > 9:
        return Response(body, mimetype="text/plain")
    return make_response(body)  # expect: taint html


@site.get("/e")
def flask_redirect():
    return redirect(ask("where"))  # expect: taint url


@api.get("/f", response_class=HTMLResponse)
def fastapi_page():
    return f"<p>{ask('hello')}</p>"  # expect: taint html


@api.get("/g")
def fastapi_explicit():
    return HTMLResponse(content=f"<p>{ask('hello')}</p>")  # expect: taint html


@api.get("/h")
def fastapi_json():
    return {"answer": f"<p>{ask('hello')}</p>"}


@api.get("/i", response_class=HTMLResponse)
def fastapi_clean():
    return f"<p>{nh3.clean(ask('hello'))}</p>"


def streamlit_page():
    if "messages" not in st.session_state:
        st.session_state.messages = []
    st.session_state.messages.append({"role": "assistant", "content": ask("hello")})
    for message in st.session_state.messages:
        st.markdown(message["content"], unsafe_allow_html=True)  # expect: taint html
        st.markdown(message["content"])
    components.html(ask("chart"))  # expect: taint html
    st.html(ask("chart"))  # expect: taint html
    st.write(ask("chart"))


def notebook_page():
    display(HTML(ask("table")))  # expect: taint html
    display(HTML("<b>" + html.escape(ask("table")) + "</b>"))


def gradio_page():
    gr.HTML(ask("x"))  # expect: taint html
    gr.HTML("<h1>Chat</h1>")
    gr.Markdown(ask("x"))


def mail(to):
    body = ask("newsletter")
    message = MIMEText(body, "html")  # expect: taint html
    plain = MIMEText(body, "plain")
    with smtplib.SMTP("localhost") as server:
        server.sendmail("a@b.example", to, message.as_string())
        server.sendmail("a@b.example", to, plain.as_string())
