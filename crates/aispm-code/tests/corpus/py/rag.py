from langchain_community.vectorstores import Chroma
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_community.document_loaders import WebBaseLoader
from langchain_core.prompts import ChatPromptTemplate

store = Chroma(collection_name="docs", embedding_function=OpenAIEmbeddings(model="text-embedding-3-small"))  # expect: vector_index docs; model openai/text-embedding-3-small
llm = ChatOpenAI(model="gpt-4o")  # expect: model openai/gpt-4o
prompt = ChatPromptTemplate.from_template("{context} {question}")
chain = prompt | llm


def ask(question):
    found = store.similarity_search(question)
    return chain.invoke({"context": found, "question": question})  # expect: input retrieval


def page(url):
    docs = WebBaseLoader(url).load()
    return chain.invoke({"context": docs, "question": "summarise"})  # expect: input web-page
