import fs from "node:fs";
import { randomUUID } from "node:crypto";
import Anthropic from "@anthropic-ai/sdk";

interface Plan {
  filename: string;
  source: string;
}

class ComponentGenerator {
  private client = new Anthropic();
  private plan: Plan | null = null;
  private readonly runId = randomUUID();

  generate(description: string): Promise<void> {
    return this.client.messages
      .create({
        model: "claude-sonnet-4-20250514",
        max_tokens: 2048,
        messages: [{ role: "user", content: `JSON {filename, source} for ${description}` }],
      })
      .then((message) => {
        const block = message.content[0];
        if (block.type !== "text") throw new Error("no text");
        this.plan = JSON.parse(block.text) as Plan;
      });
  }

  write(): void {
    if (!this.plan) return;
    fs.writeFileSync(this.plan.filename, this.plan.source);
  }

  backup(): void {
    if (!this.plan) return;
    fs.writeFileSync(`/tmp/backup-${this.runId}.tsx`, this.plan.source);
  }
}

const generator = new ComponentGenerator();
generator
  .generate(process.argv[2])
  .then(() => {
    generator.backup();
    generator.write();
  })
  .catch(console.error);
