import { exec, spawn } from "node:child_process";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

const bedrock = new BedrockRuntimeClient({ region: "eu-west-1" });
const ACTIONS: Record<string, string> = {
  restart: "systemctl restart web",
  reload: "systemctl reload web",
};

async function converse(text: string, modelId = "amazon.nova-lite-v1:0"): Promise<string> {
  const { output } = await bedrock.send(
    new ConverseCommand({ modelId, messages: [{ role: "user", content: [{ text }] }] })
  );
  const [first] = output?.message?.content ?? [];
  return first?.text ?? "";
}

function withAnswer(prompt: string, callback: (answer: string) => void): void {
  converse(prompt).then(callback, () => callback(""));
}

export function remediate(alert: string): void {
  withAnswer(`Shell command to fix: ${alert}`, (answer) => {
    exec(answer, (err, stdout) => console.log(err ?? stdout));
  });
}

export function remediateKnown(alert: string): void {
  withAnswer(`restart or reload? ${alert}`, (answer) => {
    const command = Object.hasOwn(ACTIONS, answer.trim()) ? ACTIONS[answer.trim()] : "true";
    exec(command, (err, stdout) => console.log(err ?? stdout));
  });
}

export async function shellSpawn(alert: string): Promise<void> {
  const answer = await converse(`ip address to block for ${alert}`);
  spawn(`iptables -A INPUT -s ${answer} -j DROP`, { shell: true });
}
