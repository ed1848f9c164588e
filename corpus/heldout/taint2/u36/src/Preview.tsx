import React, { useCallback, useState } from "react";

type Draft = { html: string; link: string; script: string };

async function fetchDraft(prompt: string): Promise<Draft> {
  const r = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: { Authorization: `Bearer ${localStorage.getItem("key")}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "gpt-4o",
      response_format: { type: "json_object" },
      messages: [{ role: "user", content: prompt }],
    }),
  });
  const data = await r.json();
  return JSON.parse(data.choices[0].message.content);
}

const strip = (s: string) => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function safeLink(raw: string): string {
  try {
    const u = new URL(raw);
    return u.origin === "https://example.com" ? u.href : "https://example.com/";
  } catch {
    return "https://example.com/";
  }
}

export default function Preview() {
  const [draft, setDraft] = useState<Draft | null>(null);
  const load = useCallback(async (p: string) => setDraft(await fetchDraft(p)), []);

  const apply = () => {
    if (!draft) return;
    new Function("root", draft.script)(document.body);
  };

  const frame = () => {
    const w = window.open("about:blank");
    w?.document.write(draft?.html ?? "");
  };

  return (
    <div>
      <button onClick={() => load("landing page")}>Load</button>
      <button onClick={apply}>Apply</button>
      <button onClick={frame}>Frame</button>
      <button onClick={() => window.open(safeLink(draft?.link ?? ""))}>Open</button>
      <iframe sandbox="" srcDoc={draft ? strip(draft.html) : ""} />
      {draft && <pre>{draft.html}</pre>}
    </div>
  );
}
