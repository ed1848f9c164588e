import { exec, execFile } from "node:child_process";
import { promisify } from "node:util";
import OpenAI from "openai";

const execAsync = promisify(exec);
const execFileAsync = promisify(execFile);
const client = new OpenAI();

async function ask(prompt: string): Promise<string> {
  const completion = await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [
      { role: "system", content: "Answer with a single POSIX command." },
      { role: "user", content: prompt },
    ],
  });
  return completion.choices[0]?.message?.content ?? "";
}

async function runSuggestion(prompt: string) {
  const command = (await ask(prompt)).trim();
  const { stdout } = await execAsync(command);
  console.log(stdout);
}

async function commit(prompt: string) {
  const message = await ask(`Commit message for ${prompt}`);
  const { stdout } = await execFileAsync("git", ["commit", "-m", message]);
  console.log(stdout);
}

async function main() {
  const { stdout } = await execAsync("git status --short");
  await commit(stdout);
  await runSuggestion(process.argv.slice(2).join(" "));
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
