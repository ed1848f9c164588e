import json
import sqlite3

from openai import OpenAI

client = OpenAI()

INSTRUCTIONS = 'Answer with JSON: {"table": "...", "where": "...", "customer": "..."}'


def plan(question):
    response = client.responses.create(
        model="gpt-4.1",
        instructions=INSTRUCTIONS,
        input=question,
    )
    return json.loads(response.output_text)


def count_rows(conn: sqlite3.Connection, question: str) -> int:
    spec = plan(question)
    where = spec["where"]
    cur = conn.cursor()
    cur.execute(f"SELECT COUNT(*) FROM orders WHERE {where}")
    return cur.fetchone()[0]


def orders_for(conn: sqlite3.Connection, question: str):
    spec = plan(question)
    customer = spec["customer"]
    cur = conn.cursor()
    cur.execute("SELECT id, total FROM orders WHERE customer = ?", (customer,))
    return cur.fetchall()


TABLES = {"orders": "orders", "refunds": "refunds_v2"}


def latest(conn: sqlite3.Connection, question: str):
    spec = plan(question)
    table = TABLES.get(spec.get("table"), "orders")
    return conn.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 10").fetchall()
