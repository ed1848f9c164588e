import { promises as fs } from "node:fs";
import path from "node:path";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";

const ROOT = path.resolve("/srv/docs");

const saveFile = tool(
  async ({ file, content }) => {
    await fs.writeFile(file, content, "utf8");
    return "saved";
  },
  {
    name: "save_file",
    description: "Save a file",
    schema: z.object({ file: z.string(), content: z.string() }),
  }
);

const saveDoc = tool(
  async ({ file, content }) => {
    const target = path.resolve(ROOT, file);
    if (!target.startsWith(ROOT + path.sep)) {
      throw new Error("outside of the docs folder");
    }
    await fs.writeFile(target, content, "utf8");
    return "saved";
  },
  {
    name: "save_doc",
    description: "Save a document",
    schema: z.object({ file: z.string(), content: z.string() }),
  }
);

const saveLog = tool(
  async ({ line }) => {
    await fs.appendFile(path.join(ROOT, "agent.log"), line + "\n");
    return "logged";
  },
  { name: "log", description: "Log a line", schema: z.object({ line: z.string() }) }
);

export const agent = createReactAgent({
  llm: new ChatOpenAI({ model: "gpt-4o" }),
  tools: [saveFile, saveDoc, saveLog],
});
