using Azure.AI.OpenAI;
var client = new AzureOpenAIClient(new Uri("https://acme.openai.azure.com"), new DefaultAzureCredential());
var chat = client.GetChatClient("gpt-4o");
Process.Start("sh", chat.CompleteChat(question).Value.Content[0].Text);
