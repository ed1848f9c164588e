import sqlite3
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model="gpt-4o", temperature=0)  # expect: model openai/gpt-4o
db = sqlite3.connect("shop.db")


def query(question):
    sql = llm.invoke(f"Write SQL for {question}").content
    return db.execute(sql).fetchall()  # expect: taint sql


def by_name(question):
    name = llm.invoke(question).content
    db.execute(f"SELECT * FROM users WHERE name = '{name}'")  # expect: taint sql
    return db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchall()
