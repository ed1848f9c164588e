import json
import os
import subprocess

import anthropic
import boto3
import cohere
import google.generativeai as genai
import litellm
import ollama
from google import genai as genai2
from huggingface_hub import InferenceClient
from mistralai import Mistral
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline
from vllm import LLM, SamplingParams

claude = anthropic.Anthropic()
bedrock = boto3.client("bedrock-runtime")


def claude_blocks(messages):
    reply = claude.messages.create(model="claude-sonnet-4-5", max_tokens=99, messages=messages)
    code = "".join(block.text for block in reply.content if block.type == "text")
    exec(code)  # expect: taint code
    for block in reply.content:
        if block.type == "tool_use" and block.name == "bash":
            subprocess.run(block.input["command"], shell=True)  # expect: taint shell


def claude_stream(messages):
    with claude.messages.stream(model="claude-sonnet-4-5", max_tokens=9, messages=messages) as stream:
        text = ""
        for piece in stream.text_stream:
            text += piece
    os.system(text)  # expect: taint shell
    if stream.get_final_message().stop_reason == "end_turn":
        os.system("echo done")


def gemini(prompt):
    model = genai.GenerativeModel("gemini-1.5-pro")
    reply = model.generate_content(prompt)
    eval(reply.candidates[0].content.parts[0].text)  # expect: taint code
    chat = model.start_chat()
    exec(chat.send_message(prompt).text)  # expect: taint code


async def gemini_async(prompt):
    client = genai2.Client()
    reply = await client.aio.models.generate_content(model="gemini-2.0-flash", contents=prompt)
    for part in reply.candidates[0].content.parts:
        if part.function_call:
            os.system(part.function_call.args["cmd"])  # expect: taint shell


def converse(messages):
    reply = bedrock.converse(modelId="anthropic.claude-3-haiku-20240307-v1:0", messages=messages)
    os.system(reply["output"]["message"]["content"][0]["text"])  # expect: taint shell
    os.system("echo " + str(len(reply["output"]["message"]["content"])))


def invoke_model(body):
    reply = bedrock.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=body)
    payload = json.loads(reply.get("body").read())
    exec(payload["content"][0]["text"])  # expect: taint code


def invoke_stream(body):
    reply = bedrock.invoke_model_with_response_stream(modelId="amazon.titan-text-express-v1", body=body)
    out = []
    for event in reply["body"]:
        chunk = json.loads(event["chunk"]["bytes"].decode())
        out.append(chunk["outputText"])
    eval("".join(out))  # expect: taint code


def converse_stream(messages):
    reply = bedrock.converse_stream(modelId="amazon.nova-pro-v1:0", messages=messages)
    text = ""
    for event in reply["stream"]:
        if "contentBlockDelta" in event:
            text += event["contentBlockDelta"]["delta"]["text"]
    os.system(text)  # expect: taint shell


def smaller(prompt):
    exec(litellm.completion(model="gpt-4o", messages=prompt)["choices"][0]["message"]["content"])  # expect: taint code
    exec(ollama.chat(model="llama3", messages=prompt)["message"]["content"])  # expect: taint code
    exec(ollama.generate(model="llama3", prompt=prompt).response)  # expect: taint code
    exec(cohere.ClientV2().chat(model="command-r", messages=prompt).message.content[0].text)  # expect: taint code
    exec(Mistral().chat.complete(model="mistral-large-latest", messages=prompt).choices[0].message.content)  # expect: taint code
    hub = InferenceClient("meta-llama/Llama-3.1-8B-Instruct")
    exec(hub.chat_completion(messages=prompt).choices[0].message.content)  # expect: taint code
    exec(hub.text_generation(prompt))  # expect: taint code
    exec(hub.chat.completions.create(messages=prompt).choices[0].message.content)  # expect: taint code


def local(prompt):
    write = pipeline("text-generation", model="gpt2")
    exec(write(prompt)[0]["generated_text"])  # expect: taint code


def decoded(prompt):
    tokenizer = AutoTokenizer.from_pretrained("gpt2")
    model = AutoModelForCausalLM.from_pretrained("gpt2")
    ids = model.generate(**tokenizer(prompt, return_tensors="pt"), max_new_tokens=64)
    text = tokenizer.decode(ids[0], skip_special_tokens=True)
    os.system(text)  # expect: taint shell
    os.system(f"echo {ids.shape[1]}")


def served(prompts):
    engine = LLM(model="meta-llama/Llama-3.1-8B")
    for output in engine.generate(prompts, SamplingParams()):
        exec(output.outputs[0].text)  # expect: taint code
