"""Feature builder for pandas frames with formulae written by a model."""
import operator

import numexpr
import pandas as pd
from litellm import acompletion

OPS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


async def propose(columns):
    r = await acompletion(model="ollama/llama3", messages=[{"role": "user", "content": f"feature over {columns}"}])
    return r.choices[0].message.content


async def propose_many(columns, n):
    return [await propose(columns) for _ in range(n)]


class Features:
    def __init__(self, df: pd.DataFrame):
        self.df = df

    async def add(self, n=3):
        exprs = await propose_many(list(self.df.columns), n)
        for i, expr in enumerate(exprs):
            self.df[f"f{i}"] = eval("self.df." + expr)
        return self.df

    async def add_query(self):
        expr = await propose(list(self.df.columns))
        return self.df.query(expr, engine="python")

    async def add_pair(self):
        text = await propose(list(self.df.columns))
        left, op, right = text.split()[:3]
        fn = OPS[op]
        if left not in self.df.columns or right not in self.df.columns:
            raise KeyError("column")
        return fn(self.df[left], self.df[right])

    def fixed(self):
        return self.df.eval("ratio = a / b")

    def typed(self, weight):
        return numexpr.evaluate("a * w", local_dict={"a": self.df["a"].values, "w": float(weight)})


async def lambda_feature(df):
    body = await propose(list(df.columns))
    source = f"fn = lambda row: {body}"
    scope = {}
    exec(source, scope)
    return df.apply(scope["fn"], axis=1)
