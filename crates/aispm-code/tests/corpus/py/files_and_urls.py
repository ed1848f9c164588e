import requests
from google import genai

client = genai.Client()


def save(topic):
    name = client.models.generate_content(model="gemini-2.0-flash", contents=topic).text  # expect: model google/gemini-2.0-flash
    with open(f"out/{name}.md", "w") as f:  # expect: taint file-path
        f.write("x")
    with open("out/fixed.md", "w") as f:
        f.write(name)


def follow(topic):
    link = client.models.generate_content(model="gemini-2.0-flash", contents=topic).text  # expect: model google/gemini-2.0-flash
    return requests.get(link).text  # expect: taint url
