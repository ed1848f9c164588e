import OpenAI from "openai";

const openai = new OpenAI();

export async function extractUrl(text: string): Promise<{ url: string; reason: string }> {
  const response = await openai.responses.create({
    model: "gpt-4.1-mini",
    instructions: 'Return JSON {"url": "...", "reason": "..."}',
    input: text,
  });
  return JSON.parse(response.output_text);
}

export const DEFAULT_FEED = "https://example.com/feed.json";
