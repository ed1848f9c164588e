import { exec } from "child_process";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenerativeAI } from "@google/generative-ai";
import { GoogleGenAI } from "@google/genai";
import { Mistral } from "@mistralai/mistralai";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda, RunnableSequence } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import axios from "axios";
import ollama from "ollama";

const claude = new Anthropic();
const bedrock = new BedrockRuntimeClient({});
const BASE = process.env.LLM_BASE;

export async function anthropic(messages: any[]) {
  const reply = await claude.messages.create({ model: "claude-sonnet-4-5", max_tokens: 9, messages });
  const text = reply.content.map((b) => (b.type === "text" ? b.text : "")).join("");
  exec(text); // expect: taint shell
  const use = reply.content.find((b) => b.type === "tool_use");
  exec((use as any).input.command); // expect: taint shell
  if (reply.stop_reason === "end_turn") exec("echo " + reply.usage.output_tokens);
}

export async function anthropicStream(messages: any[]) {
  const stream = claude.messages.stream({ model: "claude-sonnet-4-5", max_tokens: 9, messages });
  stream.on("text", (text) => exec(text)); // expect: taint shell
  const final = await stream.finalMessage();
  for await (const event of stream) {
    if (event.type === "content_block_delta") exec((event.delta as any).text); // expect: taint shell
  }
}

export async function bedrockBoth(body: string) {
  const answer = await bedrock.send(new InvokeModelCommand({ modelId: "amazon.titan-text-express-v1", body }));
  const payload = JSON.parse(new TextDecoder().decode(answer.body));
  exec(payload.results[0].outputText); // expect: taint shell
  const said = await bedrock.send(new ConverseCommand({ modelId: "amazon.nova-pro-v1:0", messages: [] }));
  exec(said.output!.message!.content![0].text!); // expect: taint shell
}

export async function google(prompt: string) {
  const model = new GoogleGenerativeAI("k").getGenerativeModel({ model: "gemini-1.5-flash" });
  const result = await model.generateContent(prompt);
  exec(result.response.text()); // expect: taint shell
  const ai = new GoogleGenAI({});
  const reply = await ai.models.generateContent({ model: "gemini-2.0-flash", contents: prompt });
  exec(reply.text!); // expect: taint shell
}

export async function others(messages: any[]) {
  const said = await ollama.chat({ model: "llama3", messages });
  exec(said.message.content); // expect: taint shell
  const mistral = await new Mistral().chat.complete({ model: "mistral-small-latest", messages });
  exec(mistral.choices![0].message.content as string); // expect: taint shell
}

export async function rest(messages: any[]) {
  const response = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    body: JSON.stringify({ model: "gpt-4o", messages }),
  });
  const data = await response.json();
  exec(data.choices[0].message.content); // expect: taint shell
  const { data: more } = await axios.post(`${BASE}/v1/chat/completions`, { model: "qwen", messages });
  exec(more.choices[0].message.content); // expect: taint shell
  const weather = await axios.post(`${BASE}/weather`, {});
  exec(weather.data.unit);
}

const llm = new ChatOpenAI({ model: "gpt-4o" });
const prompt = ChatPromptTemplate.fromTemplate("{task}");

export async function piped(task: string) {
  const chain = prompt.pipe(llm).pipe(new StringOutputParser());
  exec(await chain.invoke({ task })); // expect: taint shell
  const sequence = RunnableSequence.from([prompt, llm, new StringOutputParser(), (text: string) => exec(text)]); // expect: taint shell
  const last = prompt.pipe(llm).pipe(new RunnableLambda({ func: (reply: any) => exec(reply.content) })); // expect: taint shell
  await llm.invoke("x", {
    callbacks: [
      {
        handleLLMNewToken(token: string) {
          exec(token); // expect: taint shell
        },
      },
    ],
  });
  return [sequence, last];
}
