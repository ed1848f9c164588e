import html
from flask import Flask, request, render_template_string
from openai import OpenAI

app = Flask(__name__)
client = OpenAI()


@app.route("/ask", methods=["POST"])  # expect: endpoint POST /ask
def ask():
    question = request.json["q"]
    answer = client.chat.completions.create(  # expect: model openai/gpt-4o; input http-request
        model="gpt-4o", messages=[{"role": "user", "content": question}]
    ).choices[0].message.content
    return render_template_string("<p>" + answer + "</p>")  # expect: taint template


@app.route("/safe")  # expect: endpoint GET /safe
def safe():
    answer = client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content  # expect: model openai/gpt-4o
    return render_template_string("<p>" + html.escape(answer) + "</p>")


@app.route("/health")
def health():
    return "ok"
