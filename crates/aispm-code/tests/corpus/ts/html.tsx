import OpenAI from "openai";
import DOMPurify from "dompurify";

const client = new OpenAI();

export async function Answer({ question }: { question: string }) {
  const reply = await client.chat.completions.create({ // expect: model openai/gpt-4o-mini
    model: process.env.MODEL ?? "gpt-4o-mini",
    messages: [{ role: "user", content: question }],
  });
  const text = reply.choices[0].message.content;
  document.getElementById("out")!.innerHTML = text; // expect: taint html
  document.getElementById("safe")!.innerHTML = DOMPurify.sanitize(text);
  document.getElementById("plain")!.textContent = text;
  return <div dangerouslySetInnerHTML={{ __html: text }} />; // expect: taint html
}

export function Static() {
  return <div dangerouslySetInnerHTML={{ __html: "<b>x</b>" }} />;
}
