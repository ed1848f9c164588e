import { exec, execFile, execSync, spawn } from "node:child_process";
import fs from "node:fs/promises";
import vm from "node:vm";
import { promisify } from "node:util";
import OpenAI from "openai";

const client = new OpenAI();
const run = promisify(exec);
const read = promisify(require("fs").readFile);

async function ask(prompt: string): Promise<string> {
  const reply = await client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: prompt }] });
  return reply.choices[0].message.content ?? "";
}

export async function destructured(messages: any[]) {
  const { choices: [{ message: { content } }] } = await client.chat.completions.create({ model: "gpt-4o", messages });
  eval(content!); // expect: taint code
}

export async function promised(messages: any[]) {
  client.chat.completions
    .create({ model: "gpt-4o", messages })
    .then((r) => r.choices[0].message.content)
    .then((text) => execSync(text!)); // expect: taint shell
}

export async function streamed(messages: any[]) {
  const stream = await client.chat.completions.create({ model: "gpt-4o", messages, stream: true });
  let code = "";
  for await (const part of stream) {
    code += part.choices[0]?.delta?.content ?? "";
  }
  vm.runInNewContext(code, {}); // expect: taint code
  new Function("input", code)(1); // expect: taint code
}

export function events(messages: any[]) {
  const stream = client.beta.chat.completions.stream({ model: "gpt-4o", messages });
  stream.on("content", (delta) => {
    exec(delta); // expect: taint shell
  });
}

export async function toolCalls(messages: any[]) {
  const reply = await client.chat.completions.create({ model: "gpt-4o", messages, tools: [] });
  reply.choices[0].message.tool_calls?.forEach((call) => {
    const { command, path } = JSON.parse(call.function.arguments);
    exec(command); // expect: taint shell
    fs.writeFile(path, "x"); // expect: taint file-path
  });
}

export async function responses(input: string) {
  const { output_text, usage } = await client.responses.create({ model: "gpt-4.1", input });
  await run(output_text); // expect: taint shell
  await run(`echo ${usage?.total_tokens}`);
  await read(`/srv/${usage?.total_tokens}`);
}

export async function fields(prompt: string) {
  const { id, type } = JSON.parse(await ask(prompt));
  await fs.readFile(`./notes/${id}.md`); // expect: taint file-path
  const data = JSON.parse(await ask(prompt));
  execSync("svc " + data.status); // expect: taint shell
}

export async function programs(prompt: string) {
  const text = await ask(prompt);
  execFile("git", ["log", "--grep", text]);
  spawn("git", ["log", text]);
  spawn("bash", ["-c", text]); // expect: taint shell
  spawn(text, [], { shell: true }); // expect: taint shell
  spawn(process.execPath, ["-e", text]); // expect: taint shell
}

export async function folded(prompt: string) {
  const lines = (await ask(prompt)).split("\n").filter((l) => l.startsWith("$"));
  const script = lines.map((l) => l.slice(1)).reduce((all, l) => `${all};${l}`, "");
  execSync(script); // expect: taint shell
  for (const [i, line] of lines.entries()) {
    execSync(line); // expect: taint shell
    execSync(`echo ${i}`);
  }
  execSync(`echo ${lines.length}`);
}

export async function collected(prompt: string) {
  const cache = new Map<string, string>();
  cache.set("a", await ask(prompt));
  execSync(cache.get("a")!); // expect: taint shell
  const options = { ...JSON.parse(await ask(prompt)), cwd: "/" };
  execSync(options.command); // expect: taint shell
  const all = await Promise.all(["a", "b"].map((p) => ask(p)));
  all.forEach((one) => eval(one)); // expect: taint code
  const results = await Promise.allSettled([ask("x")]);
  for (const [key, value] of Object.entries(JSON.parse(await ask(prompt)))) {
    execSync(`set ${key}`); // expect: taint shell
  }
}

async function* pieces(messages: any[]) {
  const stream = await client.chat.completions.create({ model: "gpt-4o", messages, stream: true });
  for await (const part of stream) yield part.choices[0].delta.content;
}

export async function generated(messages: any[]) {
  for await (const piece of pieces(messages)) execSync(piece!); // expect: taint shell
}

let latest = "";

export function replay() {
  execSync(latest); // expect: taint shell
}

export async function remember(prompt: string) {
  latest = await ask(prompt);
}

export class Session {
  private last = "";
  private count = 0;
  replay() {
    execSync(this.last); // expect: taint shell
    execSync(`echo ${this.count}`);
  }
  async step(prompt: string) {
    this.last = await ask(prompt);
    this.count += 1;
  }
}
