"use client";
import { exec } from "child_process";
import { useChat, useCompletion } from "@ai-sdk/react";
import { openai } from "@ai-sdk/openai";
import { generateObject, generateText, streamText, tool } from "ai";
import DOMPurify from "dompurify";
import { marked } from "marked";
import { z } from "zod";

export function Chat() {
  const { messages, input } = useChat();
  return (
    <div>
      {messages.map((m) => (
        <div key={m.id}>
          <p>{m.content}</p>
          <div dangerouslySetInnerHTML={{ __html: m.content }} /> {/* expect: taint html */}
          <div dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(m.content) }} />
        </div>
      ))}
      <div dangerouslySetInnerHTML={{ __html: input }} />
    </div>
  );
}

export function Rendered() {
  const { completion } = useCompletion({ api: "/api/complete" });
  const html = marked.parse(completion);
  const clean = DOMPurify.sanitize(marked.parse(completion) as string);
  return (
    <>
      <div dangerouslySetInnerHTML={{ __html: html }} /> {/* expect: taint html */}
      <div dangerouslySetInnerHTML={{ __html: clean }} />
    </>
  );
}

export function Finished() {
  useChat({
    onFinish: (message) => {
      document.getElementById("last")!.innerHTML = message.content; // expect: taint html
      document.getElementById("when")!.textContent = message.content;
    },
  });
}

export async function text(prompt: string) {
  const { text, toolCalls, usage } = await generateText({ model: openai("gpt-4o"), prompt });
  exec(text); // expect: taint shell
  exec(`echo ${usage.totalTokens}`);
  for (const call of toolCalls) exec((call as any).args.command); // expect: taint shell
}

export async function object(prompt: string) {
  const { object } = await generateObject({
    model: openai("gpt-4o"),
    schema: z.object({ command: z.string(), mode: z.enum(["a", "b"]), times: z.number() }),
    prompt,
  });
  exec(object.command); // expect: taint shell
  exec(`svc ${object.mode} ${object.times}`);
}

export async function stream(prompt: string) {
  const result = streamText({
    model: openai("gpt-4o"),
    prompt,
    onFinish: async ({ text }) => {
      exec(text); // expect: taint shell
    },
  });
  for await (const piece of result.textStream) exec(piece); // expect: taint shell
  exec(await result.text); // expect: taint shell
}

export const shell = tool({
  description: "Runs",
  inputSchema: z.object({ command: z.string(), lines: z.number() }),
  execute: async ({ command, lines }) => {
    exec(`head -n ${lines} log`);
    exec(command); // expect: taint shell
  },
});
