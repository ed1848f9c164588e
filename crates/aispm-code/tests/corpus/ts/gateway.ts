import { gateway } from "@ai-sdk/gateway";

export function writer() {
  return gateway.languageModel("anthropic/claude-haiku-4.5"); // expect: model anthropic/claude-haiku-4.5
}
