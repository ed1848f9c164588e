import sqlite3

from langchain.agents import AgentExecutor, create_tool_calling_agent
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

DB = "shop.db"


@tool
def run_query(query: str) -> str:
    """Run a SQL query on the shop database and return the rows."""
    with sqlite3.connect(DB) as conn:
        rows = conn.execute(query).fetchall()
    return repr(rows)


@tool
def order_status(order_id: str) -> str:
    """Look up the status of one order."""
    number = int(order_id)
    with sqlite3.connect(DB) as conn:
        row = conn.execute(f"SELECT status FROM orders WHERE id = {number}").fetchone()
    return row[0] if row else "unknown"


@tool
def find_customer(name: str) -> str:
    """Find a customer by name."""
    with sqlite3.connect(DB) as conn:
        rows = conn.execute("SELECT id FROM customers WHERE name LIKE ?", (f"%{name}%",)).fetchall()
    return repr(rows)


def migrate(statement: str) -> None:
    with sqlite3.connect(DB) as conn:
        conn.execute(statement)


TOOLS = [run_query, order_status, find_customer]
PROMPT = ChatPromptTemplate.from_messages(
    [("system", "You answer shop questions."), ("human", "{input}"), ("placeholder", "{agent_scratchpad}")]
)


def main() -> None:
    migrate("CREATE TABLE IF NOT EXISTS orders (id INTEGER, status TEXT)")
    migrate("CREATE TABLE IF NOT EXISTS customers (id INTEGER, name TEXT)")
    agent = create_tool_calling_agent(ChatOpenAI(model="gpt-4o"), TOOLS, PROMPT)
    executor = AgentExecutor(agent=agent, tools=TOOLS)
    print(executor.invoke({"input": input("> ")})["output"])


if __name__ == "__main__":
    main()
