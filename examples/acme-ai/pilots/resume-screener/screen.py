"""Ranks applications. Hackday pilot, spring 2024."""
import sys

from langchain_openai import ChatOpenAI
from pypdf import PdfReader

llm = ChatOpenAI(model="gpt-4o", temperature=0)


def rank(path: str) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
    return llm.invoke(f"Rate this application from 1 to 10 and give the reason:\n{text}").content


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, rank(name))
