import os
from openai import OpenAI

client = OpenAI()
text = client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content  # expect: model openai/gpt-4o
print(text)
text = "ls"
os.system(text)
usage = client.chat.completions.create(model="gpt-4o", messages=[]).usage  # expect: model openai/gpt-4o
os.system(f"echo {usage.total_tokens}")
if "yes" in client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content:  # expect: model openai/gpt-4o
    os.system("make deploy")
