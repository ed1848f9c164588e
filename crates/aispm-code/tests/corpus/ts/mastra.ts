import { Agent } from "@mastra/core/agent";
import { anthropic } from "@ai-sdk/anthropic";

export const writer = new Agent({ // expect: agent writer
  name: "writer",
  instructions: "You write short texts about cats.",
  model: anthropic("claude-3-7-sonnet-latest"), // expect: model anthropic/claude-3-7-sonnet-latest
});
