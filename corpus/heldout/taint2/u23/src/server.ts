import express, { Request, Response } from "express";
import { exec, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import OpenAI from "openai";

const execAsync = promisify(exec);
const execFileAsync = promisify(execFile);
const openai = new OpenAI();
const app = express();
app.use(express.json());

const SCRIPTS: Record<string, string> = { lint: "npm run lint", test: "npm test" };

async function askForCommand(goal: string): Promise<string> {
  const completion = await openai.chat.completions.create({
    model: "gpt-4o",
    messages: [
      { role: "system", content: "Reply with a single shell command." },
      { role: "user", content: goal },
    ],
  });
  return completion.choices[0]?.message?.content ?? "";
}

app.post("/run", async (req: Request, res: Response) => {
  const command = await askForCommand(req.body.goal);
  const { stdout } = await execAsync(command, { timeout: 30_000 });
  res.json({ command, stdout });
});

app.post("/script", async (req: Request, res: Response) => {
  const key = (await askForCommand(`lint or test: ${req.body.goal}`)).trim();
  const script = SCRIPTS[key];
  if (!script) {
    res.status(400).json({ error: "unknown script" });
    return;
  }
  const { stdout } = await execAsync(script);
  res.json({ stdout });
});

app.post("/blame", async (req: Request, res: Response) => {
  const file = await askForCommand(`Which file? ${req.body.goal}`);
  const { stdout } = await execFileAsync("git", ["blame", "--", file]);
  res.json({ stdout });
});

app.post("/spawn", async (req: Request, res: Response) => {
  const args = await askForCommand(`eslint arguments for ${req.body.goal}`);
  const child = spawn("eslint", args.split(" "), { shell: true });
  child.on("close", (code) => res.json({ code }));
});

app.get("/version", async (_req: Request, res: Response) => {
  const { stdout } = await execAsync("git rev-parse HEAD");
  res.json({ stdout });
});

app.listen(3000);
