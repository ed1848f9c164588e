import { Client, GatewayIntentBits, Message } from "discord.js";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { exec } from "child_process";
import { quote } from "shell-quote";

const bedrock = new BedrockRuntimeClient({ region: "us-east-1" });
const bot = new Client({ intents: [GatewayIntentBits.GuildMessages] });

async function claude(text: string): Promise<string> {
  const out = await bedrock.send(
    new ConverseCommand({
      modelId: "anthropic.claude-3-5-sonnet-20240620-v1:0",
      messages: [{ role: "user", content: [{ text }] }],
    }),
  );
  return out.output?.message?.content?.[0]?.text ?? "";
}

function sh(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    exec(line, (err, stdout) => (err ? reject(err) : resolve(stdout)));
  });
}

async function onMessage(m: Message) {
  if (m.author.bot) return;
  const parts = m.content.split(" ");
  try {
    switch (parts[0]) {
      case "!do":
        await m.reply(await sh(await claude(parts.slice(1).join(" "))));
        break;
      case "!calc":
        await m.reply(String(eval(await claude("js expression for " + m.content))));
        break;
      case "!figlet": {
        const banner = quote([await claude("short banner for " + m.content)]);
        exec(`figlet ${banner}`, (_e, stdout) => void m.reply(stdout));
        break;
      }
      case "!uptime":
        exec("uptime", (_e, stdout) => void m.reply(stdout));
        break;
    }
  } catch (e) {
    console.error("failed", e);
  }
}

bot.on("messageCreate", onMessage);
bot.login(process.env.DISCORD_TOKEN);
