import { generateObject } from "ai";
import { anthropic } from "@ai-sdk/anthropic";
import sanitizeHtml from "sanitize-html";
import { redirect } from "next/navigation";
import { z } from "zod";

const schema = z.object({
  title: z.string(),
  html: z.string(),
  next: z.string(),
  section: z.enum(["news", "sport"]),
});

async function compose(topic: string) {
  const { object } = await generateObject({
    model: anthropic("claude-3-5-sonnet-latest"),
    schema,
    prompt: `Write an article about ${topic}`,
  });
  return object;
}

export async function jump(topic: string) {
  "use server";
  const article = await compose(topic);
  redirect(article.next);
}

export async function jumpSection(topic: string) {
  "use server";
  const article = await compose(topic);
  redirect(`/section/${article.section}`);
}

export default async function Page({ searchParams }: { searchParams: { topic?: string; safe?: string } }) {
  const article = await compose(searchParams.topic ?? "weather");
  if (searchParams.safe) {
    const body = sanitizeHtml(article.html, { allowedTags: ["p", "b", "ul", "li"] });
    return (
      <main>
        <h1>{article.title}</h1>
        <section dangerouslySetInnerHTML={{ __html: body }} />
      </main>
    );
  }
  return (
    <main>
      <h1>{article.title}</h1>
      <section dangerouslySetInnerHTML={{ __html: article.html }} />
    </main>
  );
}
