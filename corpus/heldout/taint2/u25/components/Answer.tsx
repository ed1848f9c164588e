"use client";
import React, { useEffect, useRef } from "react";
import { useChat } from "@ai-sdk/react";
import DOMPurify from "dompurify";
import { marked } from "marked";

type Props = { mode: "text" | "html" | "safe" | "md" };

function SafeHtml({ html }: { html: string }) {
  const clean = DOMPurify.sanitize(html, { USE_PROFILES: { html: true } });
  return <div dangerouslySetInnerHTML={{ __html: clean }} />;
}

function RawHtml({ html }: { html: string }) {
  return <div dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Answer({ mode }: Props) {
  const { messages, input, handleInputChange, handleSubmit } = useChat();
  const box = useRef<HTMLDivElement>(null);
  const last = messages.filter((m) => m.role === "assistant").at(-1);
  const content = last?.content ?? "";

  useEffect(() => {
    if (mode === "md" && box.current) {
      box.current.innerHTML = marked.parse(content) as string;
    }
    if (mode === "text" && box.current) {
      box.current.textContent = content;
    }
  }, [mode, content]);

  return (
    <form onSubmit={handleSubmit}>
      <input value={input} onChange={handleInputChange} />
      {mode === "html" && <RawHtml html={content} />}
      {mode === "safe" && <SafeHtml html={content} />}
      {mode === "text" && <p>{content}</p>}
      <div ref={box} />
      <style dangerouslySetInnerHTML={{ __html: ".answer { color: navy }" }} />
    </form>
  );
}
