"""ETL: SQLAlchemy, BigQuery and DuckDB, prompts from analysts."""
import duckdb
import sqlalchemy as sa
from google.cloud import bigquery
from langchain.chat_models import init_chat_model
from pydantic import BaseModel, Field

engine = sa.create_engine("postgresql+psycopg://etl@db/etl")
bq = bigquery.Client()
chat = init_chat_model("gpt-4o", model_provider="openai")


class Query(BaseModel):
    sql: str = Field(description="one SELECT")
    region: str
    top: int


planner = chat.with_structured_output(Query)


def plan(q: str) -> Query:
    return planner.invoke(q)


def run_pg(q: str):
    p = plan(q)
    with engine.begin() as con:
        return con.execute(sa.text(p.sql)).all()


def run_pg_bound(q: str):
    p = plan(q)
    stmt = sa.text("SELECT * FROM sales WHERE region = :region LIMIT :top")
    with engine.begin() as con:
        return con.execute(stmt, {"region": p.region, "top": p.top}).all()


def run_core(q: str):
    p = plan(q)
    sales = sa.table("sales", sa.column("region"), sa.column("amount"))
    with engine.begin() as con:
        return con.execute(sa.select(sales).where(sales.c.region == p.region)).all()


def run_bq(q: str):
    p = plan(q)
    job = bq.query(p.sql)
    return list(job.result())


def run_bq_bound(q: str):
    p = plan(q)
    cfg = bigquery.QueryJobConfig(query_parameters=[bigquery.ScalarQueryParameter("r", "STRING", p.region)])
    return list(bq.query("SELECT * FROM ds.sales WHERE region = @r", job_config=cfg).result())


def run_duck(q: str):
    p = plan(q)
    lowered = p.sql.lower()
    if "drop" in lowered or "delete" in lowered:
        raise ValueError("read only")
    return duckdb.sql(p.sql).fetchall()
