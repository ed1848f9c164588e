import { ChatOllama } from "@langchain/ollama";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { tool } from "@langchain/core/tools";

const llm = new ChatOllama({ model: "llama3.2", baseUrl: "http://10.0.0.5:11434" }); // expect: model ollama/llama3.2
const search = tool(async ({ q }) => (await fetch(`https://api.example/${q}`)).text(), { name: "search", description: "Searches" }); // expect: tool search
export const agent = createReactAgent({ llm, tools: [search] }); // expect: agent agent
