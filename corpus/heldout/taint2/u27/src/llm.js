import ollama from "ollama";

export async function* tokens(prompt) {
  const stream = await ollama.chat({
    model: "llama3.1",
    messages: [{ role: "user", content: prompt }],
    stream: true,
  });
  for await (const part of stream) {
    yield part.message.content;
  }
}

export async function all(prompt) {
  let text = "";
  for await (const t of tokens(prompt)) text += t;
  return text;
}
