import vm from "node:vm";
import { readFileSync } from "node:fs";
import ollama from "ollama";

const FENCE = /```(?:js|javascript)?\n([\s\S]*?)```/;

function firstBlock(markdown) {
  const [, code = markdown] = markdown.match(FENCE) ?? [];
  return code;
}

async function generate(task) {
  const response = await ollama.chat({
    model: "qwen2.5-coder",
    messages: [{ role: "user", content: `JavaScript only: ${task}` }],
  });
  return response.message.content;
}

export async function runTask(task, input) {
  const code = firstBlock(await generate(task));
  const context = { input, result: null };
  vm.runInNewContext(code, context);
  return context.result;
}

export function runExample(input) {
  const code = firstBlock(readFileSync(new URL("./EXAMPLE.md", import.meta.url), "utf8"));
  const context = { input, result: null };
  vm.runInNewContext(code, context);
  return context.result;
}
