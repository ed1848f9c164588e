import os

import pandas as pd
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.llms.openai import OpenAI

llm = OpenAI(model="gpt-4o-mini")


def ask(question):
    index = VectorStoreIndex.from_documents(SimpleDirectoryReader("data").load_data())
    engine = index.as_query_engine(llm=llm)
    answer = engine.query(question)
    os.system(str(answer))  # expect: taint shell
    eval(answer.response)  # expect: taint code
    os.system(f"echo {len(answer.source_nodes)}")


def complete(question, frame: pd.DataFrame):
    exec(llm.complete(question).text)  # expect: taint code
    for piece in llm.stream_complete(question):
        eval(piece.delta)  # expect: taint code
    return frame.query(llm.complete(question).text)  # expect: taint code
