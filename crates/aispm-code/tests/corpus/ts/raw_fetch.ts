export async function ask(text: string) {
  const reply = await fetch("http://localhost:11434/api/generate", { // expect: model ollama/llama3
    method: "POST",
    body: JSON.stringify({ model: "llama3", prompt: text }),
  });
  const data = await reply.json();
  return eval(data.response); // expect: taint code
}
