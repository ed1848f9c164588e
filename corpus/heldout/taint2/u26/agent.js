const Anthropic = require("@anthropic-ai/sdk");
const vm = require("vm");
const { execSync, spawnSync } = require("child_process");
const fs = require("fs");

const client = new Anthropic();

const handlers = {
  bash: ({ command }) => execSync(command, { encoding: "utf8" }),
  node: ({ source }) => vm.runInNewContext(source, { console }),
  status: () => execSync("git status --short", { encoding: "utf8" }),
  wordcount: ({ file }) => spawnSync("wc", ["-w", "--", file], { encoding: "utf8" }).stdout,
  save: ({ name, text }) => {
    const clean = String(name).replace(/[^a-z0-9_-]/gi, "");
    fs.writeFileSync(`./out/${clean}.txt`, text);
    return clean;
  },
  append: ({ name, text }) => {
    fs.appendFileSync("./out/" + name, text);
    return name;
  },
};

async function turn(messages) {
  const reply = await client.messages.create({
    model: "claude-sonnet-4-5",
    max_tokens: 1024,
    tools: Object.keys(handlers).map((name) => ({ name, input_schema: { type: "object" } })),
    messages,
  });
  const results = [];
  for (const block of reply.content) {
    if (block.type !== "tool_use") continue;
    const handler = handlers[block.name];
    let content;
    try {
      content = handler ? String(handler(block.input)) : "unknown tool";
    } catch (err) {
      content = `error: ${err.message}`;
    }
    results.push({ type: "tool_result", tool_use_id: block.id, content });
  }
  return { reply, results };
}

module.exports = { turn };
