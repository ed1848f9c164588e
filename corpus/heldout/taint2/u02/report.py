import sqlite3
from datetime import date

from llm import complete, complete_json

SCHEMA = """
orders(id, customer_id, total_cents, placed_at)
customers(id, name, country)
"""

SORTABLE = {"total": "total_cents", "date": "placed_at"}


class SalesDesk:
    def __init__(self, path="sales.db"):
        self.db = sqlite3.connect(path)
        self.history = []

    def ask(self, question):
        sql = complete(f"Schema:\n{SCHEMA}\nWrite one SQLite query for: {question}")
        if sql.startswith("```"):
            sql = sql.strip("`").removeprefix("sql").strip()
        self.history.append(sql)
        return self._run()

    def _run(self):
        query = self.history[-1]
        return self.db.execute(query).fetchall()

    def filtered(self, question):
        spec = complete_json(f"Return country and min_total for: {question}")
        return self.db.execute(
            "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id "
            "WHERE c.country = ? AND o.total_cents >= ?",
            (spec["country"], spec["min_total"]),
        ).fetchall()

    def ordered(self, question):
        spec = complete_json(f"Return sort key (total or date) and limit for: {question}")
        column = SORTABLE.get(spec.get("sort"), "placed_at")
        limit = int(spec.get("limit", 20))
        return self.db.execute(f"SELECT * FROM orders ORDER BY {column} LIMIT {limit}").fetchall()

    def by_name(self, question):
        spec = complete_json(f"Return the customer name in: {question}")
        stmt = "SELECT id FROM customers WHERE name LIKE '%{}%'".format(spec["name"])
        return self.db.execute(stmt).fetchall()

    def today(self):
        return self.db.execute("SELECT * FROM orders WHERE placed_at = ?", (date.today().isoformat(),)).fetchall()
