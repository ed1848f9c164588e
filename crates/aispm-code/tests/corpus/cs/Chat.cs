using OpenAI;
using OpenAI.Chat;

ChatClient client = new("gpt-4o-mini", System.Environment.GetEnvironmentVariable("OPENAI_API_KEY")); // expect: model openai/gpt-4o-mini
var other = new OpenAIClient("k").GetChatClient("o1"); // expect: model openai/o1
var reply = client.CompleteChat("hello");
