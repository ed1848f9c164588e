using System;
using System.ClientModel;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Azure.AI.OpenAI;
using OpenAI.Chat;

namespace Docs;

public record DocPlan(string Path, string Markdown);

public class DocWriter
{
    private readonly ChatClient _chat;
    private readonly string _root = Path.GetFullPath("/srv/docs") + Path.DirectorySeparatorChar;

    public DocWriter(string endpoint, string key)
    {
        var azure = new AzureOpenAIClient(new Uri(endpoint), new ApiKeyCredential(key));
        _chat = azure.GetChatClient("gpt-4o");
    }

    private async Task<DocPlan> PlanAsync(string topic)
    {
        ClientResult<ChatCompletion> result = await _chat.CompleteChatAsync(
            new SystemChatMessage("Return JSON with Path and Markdown."),
            new UserChatMessage(topic));
        return JsonSerializer.Deserialize<DocPlan>(result.Value.Content[0].Text)!;
    }

    public async Task WriteAsync(string topic)
    {
        DocPlan plan = await PlanAsync(topic);
        File.WriteAllText(plan.Path, plan.Markdown);
    }

    public async Task WriteInsideAsync(string topic)
    {
        DocPlan plan = await PlanAsync(topic);
        string full = System.IO.Path.GetFullPath(System.IO.Path.Combine(_root, plan.Path));
        if (!full.StartsWith(_root, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("outside of root");
        }
        File.WriteAllText(full, plan.Markdown);
    }

    public async Task WriteDatedAsync(string topic)
    {
        DocPlan plan = await PlanAsync(topic);
        File.WriteAllText($"{_root}{DateTime.UtcNow:yyyyMMdd}.md", plan.Markdown);
    }
}
