import os
from fastapi import FastAPI
from .llm import complete

app = FastAPI()


@app.post("/run")  # expect: endpoint POST /run
def run(text: str):
    os.system(complete(text))  # expect: taint shell


@app.get("/version")
def version():
    return "1"
