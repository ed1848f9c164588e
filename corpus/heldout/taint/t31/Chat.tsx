"use client";
import { useState } from "react";
import { useChat } from "@ai-sdk/react";
import DOMPurify from "dompurify";
import { marked } from "marked";

const BANNER = "<strong>Beta</strong> answers may be wrong";

function textOf(parts: Array<{ type: string; text?: string }>): string {
  return parts
    .filter((p) => p.type === "text")
    .map((p) => p.text ?? "")
    .join("");
}

export function RawChat() {
  const { messages, sendMessage } = useChat();
  const [input, setInput] = useState("");
  return (
    <div>
      {messages.map((m) => (
        <div key={m.id}>
          <div dangerouslySetInnerHTML={{ __html: marked.parse(textOf(m.parts)) as string }} />
        </div>
      ))}
      <form
        onSubmit={(e) => {
          e.preventDefault();
          sendMessage({ text: input });
          setInput("");
        }}
      >
        <input value={input} onChange={(e) => setInput(e.target.value)} />
      </form>
    </div>
  );
}

export function CleanChat() {
  const { messages } = useChat();
  return (
    <div>
      <p dangerouslySetInnerHTML={{ __html: BANNER }} />
      {messages.map((m) => {
        const html = DOMPurify.sanitize(marked.parse(textOf(m.parts)) as string);
        return <div key={m.id} dangerouslySetInnerHTML={{ __html: html }} />;
      })}
    </div>
  );
}
