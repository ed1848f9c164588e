import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { ChatAnthropic } from "@langchain/anthropic";

const prompt = ChatPromptTemplate.fromTemplate("Answer as short HTML: {question}");
const chain = prompt.pipe(new ChatAnthropic({ model: "claude-3-5-haiku-latest" })).pipe(new StringOutputParser());

function element(id: string): HTMLElement {
  const el = document.getElementById(id);
  if (!el) throw new Error(`missing #${id}`);
  return el;
}

export async function showAnswer(question: string) {
  element("spinner").innerHTML = "<i class='spin'></i>";
  const answer = await chain.invoke({ question });
  element("answer").innerHTML = answer;
}

export async function showPlain(question: string) {
  const answer = await chain.invoke({ question });
  element("answer").textContent = answer;
}

export async function streamAnswer(question: string) {
  const target = element("answer");
  let buffer = "";
  for await (const chunk of await chain.stream({ question })) {
    buffer += chunk;
    target.insertAdjacentHTML("beforeend", chunk);
  }
  return buffer.length;
}
