import Anthropic from "@anthropic-ai/sdk";

export class Writer {
  private client = new Anthropic();
  async write(prompt: string): Promise<string> {
    const reply = await this.client.messages.create({
      model: "claude-sonnet-4-5",
      max_tokens: 99,
      messages: [{ role: "user", content: prompt }],
    });
    return (reply.content[0] as any).text;
  }
}

export const writer = new Writer();
export const suggest = async (prompt: string) => writer.write(prompt);
