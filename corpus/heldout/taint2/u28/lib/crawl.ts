import { GoogleGenAI, Type } from "@google/genai";
import axios from "axios";

const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const HOSTS = new Set(["api.github.com", "registry.npmjs.org"]);

interface Pick {
  url: string;
  pkg: string;
  issue: string;
}

async function pick(question: string): Promise<Pick> {
  const res = await ai.models.generateContent({
    model: "gemini-2.5-flash",
    contents: question,
    config: {
      responseMimeType: "application/json",
      responseSchema: {
        type: Type.OBJECT,
        properties: { url: { type: Type.STRING }, pkg: { type: Type.STRING }, issue: { type: Type.STRING } },
      },
    },
  });
  return JSON.parse(res.text ?? "{}") as Pick;
}

function assertAllowed(raw: string): URL {
  const u = new URL(raw);
  if (u.protocol !== "https:" || !HOSTS.has(u.hostname)) {
    throw new Error(`refused ${u.hostname}`);
  }
  return u;
}

export async function open(question: string) {
  const { url } = await pick(question);
  const res = await fetch(url);
  return res.text();
}

export async function openAllowed(question: string) {
  const { url } = await pick(question);
  const checked = assertAllowed(url);
  const res = await fetch(checked, { redirect: "error" });
  return res.text();
}

export async function manifest(question: string) {
  const p = await pick(question);
  const { data } = await axios.get(`https://registry.npmjs.org/${encodeURIComponent(p.pkg)}`);
  return data;
}

export async function issue(question: string) {
  const p = await pick(question);
  const n = Number.parseInt(p.issue, 10);
  if (!Number.isInteger(n)) return null;
  return (await axios.get(`https://api.github.com/repos/acme/app/issues/${n}`)).data;
}

export async function mirror(question: string) {
  const targets = await Promise.all([pick(question), pick(question + " (alternative)")]);
  return Promise.all(targets.map((t) => axios({ method: "get", url: t.url })));
}
