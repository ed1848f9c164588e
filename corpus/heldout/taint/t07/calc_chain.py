from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "Translate the word problem into one Python arithmetic expression."),
        ("human", "{question}"),
    ]
)
llm = ChatOpenAI(model="gpt-4o-mini", temperature=0)
chain = prompt | llm | StrOutputParser()

DEFAULT_EXPRESSION = "sum(range(10))"


def solve(question: str) -> float:
    expression = chain.invoke({"question": question})
    try:
        return eval(expression.strip(), {"__builtins__": {}})
    except SyntaxError:
        return float("nan")


def self_test() -> bool:
    expected = eval(DEFAULT_EXPRESSION)
    return expected == 45


def solve_batch(questions: list[str]) -> list[float]:
    outputs = chain.batch([{"question": q} for q in questions])
    return [eval(o) for o in outputs]


def typed(expression: str) -> None:
    print(eval(expression))


if __name__ == "__main__":
    assert self_test()
    typed(input("expr> "))
    print(solve(input("question> ")))
