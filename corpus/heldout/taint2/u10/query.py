"""LlamaIndex over documents plus a Postgres back end."""
import psycopg
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from psycopg import sql

TABLES = ("invoices", "payments", "refunds")


class Desk:
    def __init__(self, dsn):
        docs = SimpleDirectoryReader("docs").load_data()
        self.engine = VectorStoreIndex.from_documents(docs).as_query_engine()
        self.conn = psycopg.connect(dsn)

    def _answer(self, text):
        return str(self.engine.query(text))

    def count(self, text):
        table = self._answer(f"Which table answers: {text}? One word.").strip().lower()
        if table not in TABLES:
            table = "invoices"
        with self.conn.cursor() as cur:
            cur.execute(f"SELECT count(*) FROM {table}")
            return cur.fetchone()[0]

    def total(self, text):
        table = self._answer(f"Which table answers: {text}? One word.").strip().lower()
        if table not in TABLES:
            print("unexpected table", table)
        with self.conn.cursor() as cur:
            cur.execute(f"SELECT sum(amount) FROM {table}")
            return cur.fetchone()[0]

    def identifier(self, text):
        column = self._answer(f"Name one column for: {text}")
        stmt = sql.SQL("SELECT {} FROM invoices").format(sql.Identifier(column))
        with self.conn.cursor() as cur:
            cur.execute(stmt)
            return cur.fetchall()

    def where(self, text):
        clause = self._answer(f"Write a WHERE clause for: {text}")
        parts = ["SELECT id FROM invoices"]
        parts.append("WHERE " + clause)
        with self.conn.cursor() as cur:
            cur.execute("\n".join(parts))
            return cur.fetchall()

    def by_year(self, text):
        year = self._answer(f"Which year is meant in: {text}?")
        with self.conn.cursor() as cur:
            cur.execute("SELECT id FROM invoices WHERE year = %s" % int(year))
            return cur.fetchall()
