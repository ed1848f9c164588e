import importlib
import os
import pickle
import pty
import sys
from subprocess import run as launch

import duckdb
import joblib
import pandas as pd
import paramiko
import requests
import yaml
from django.utils.safestring import mark_safe
from jinja2 import Environment, Template
from lxml import etree
from neo4j import GraphDatabase
from openai import OpenAI
from pathlib import Path
from sqlalchemy import create_engine, text

client = OpenAI()
engine = create_engine("sqlite://")
graph = GraphDatabase.driver("bolt://x")


def ask(prompt):
    return client.responses.create(model="gpt-4o", input=prompt).output_text


def code(prompt):
    answer = ask(prompt)
    exec(compile(answer, "<model>", "exec"), {})  # expect: taint code
    module = importlib.import_module(answer)  # expect: taint code
    getattr(module, answer)()  # expect: taint code
    getattr(module, f"tool_{answer}", None)
    launch([sys.executable, "-c", answer])  # expect: taint shell
    launch(["ls", answer])
    os.execvp("bash", ["bash", "-c", answer])  # expect: taint shell
    pty.spawn(["sh", "-c", answer])  # expect: taint shell


def remote(prompt):
    ssh = paramiko.SSHClient()
    ssh.connect("h")
    ssh.exec_command(ask(prompt))  # expect: taint shell
    ssh.exec_command("uptime")


def sql(prompt):
    query = ask(prompt)
    with engine.connect() as conn:
        conn.execute(text(query))  # expect: taint sql
        conn.execute(text("select * from t where a = :a"), {"a": query})
        conn.exec_driver_sql(query)  # expect: taint sql
    pd.read_sql(query, engine)  # expect: taint sql
    duckdb.sql(query)  # expect: taint sql
    with graph.session() as session:
        session.run(query)  # expect: taint sql
        session.run("MATCH (n {name: $n}) RETURN n", n=query)


async def postgres(prompt, pool):
    async with pool.acquire() as connection:
        await connection.fetch(ask(prompt))  # expect: taint sql
        await connection.fetch("select * from t where a = $1", ask(prompt))


def files(prompt):
    name = ask(prompt)
    Path(name).write_text("x")  # expect: taint file-path
    (Path("out") / name).write_text("x")  # expect: taint file-path
    (Path("out") / Path(name).name).write_text("x")
    os.makedirs(os.path.join("out", name))  # expect: taint file-path
    open(os.path.join("out", os.path.basename(name)), "w")
    os.remove(name)  # expect: taint file-path


def objects(prompt):
    blob = ask(prompt).encode()
    pickle.loads(blob)  # expect: taint deserialize
    yaml.load(blob, Loader=yaml.Loader)  # expect: taint deserialize
    yaml.load(blob, Loader=yaml.SafeLoader)
    yaml.safe_load(blob)
    joblib.load(ask(prompt))  # expect: taint deserialize


def templates(prompt):
    answer = ask(prompt)
    Template(answer).render()  # expect: taint template
    Environment().from_string(answer).render()  # expect: taint template
    Template("Hello {{ x }}").render(x=answer)
    mark_safe(answer)  # expect: taint html
    return mark_safe("<b>ok</b>")


def addresses(prompt):
    link = ask(prompt)
    requests.get(link, timeout=3)  # expect: taint url
    requests.get(f"https://api.acme.example/items/{link}", timeout=3)
    requests.get("https://api.acme.example/items", params={"q": link}, timeout=3)
    requests.request("GET", link)  # expect: taint url


def xml(prompt, tree: etree.ElementTree):
    tree.xpath(ask(prompt))  # expect: taint sql
    tree.xpath("//a[@name=$n]", n=ask(prompt))
