import { DEFAULT_FEED, extractUrl } from "./llm";

const ALLOWED = new Set(["api.example.com", "cdn.example.com"]);

export async function followLink(mail: string): Promise<string> {
  const { url } = await extractUrl(mail);
  const res = await fetch(url);
  return res.text();
}

export async function followAllowed(mail: string): Promise<string | null> {
  const { url } = await extractUrl(mail);
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" || !ALLOWED.has(parsed.hostname)) {
    return null;
  }
  const res = await fetch(parsed, { redirect: "error" });
  return res.text();
}

export async function feed(): Promise<unknown> {
  const res = await fetch(DEFAULT_FEED);
  return res.json();
}
