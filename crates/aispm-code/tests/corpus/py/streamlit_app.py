import streamlit as st
from openai import OpenAI

client = OpenAI()
question = st.chat_input("Ask")
answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}]).choices[0].message.content  # expect: model openai/gpt-4o-mini; input user
st.markdown(answer, unsafe_allow_html=True)  # expect: taint html
st.markdown(answer)
st.markdown("<b>Hello</b>", unsafe_allow_html=True)
