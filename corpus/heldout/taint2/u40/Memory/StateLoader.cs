using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.Extensions.AI;
using Newtonsoft.Json;

namespace Memory;

public record Slot(string Name, int Turn);

public class StateLoader
{
    private static readonly JsonSerializerSettings Loose = new() { TypeNameHandling = TypeNameHandling.All };
    private readonly IChatClient _chat;

    public StateLoader(IChatClient chat) => _chat = chat;

    private async Task<string> TextAsync(string prompt)
    {
        var parts = new List<string>();
        await foreach (var update in _chat.GetStreamingResponseAsync(prompt))
        {
            parts.Add(update.Text);
        }
        return string.Concat(parts);
    }

    public async Task<object?> LoadLoose(string hint)
    {
        var json = await TextAsync($"state for {hint}");
        return JsonConvert.DeserializeObject(json, Loose);
    }

    public async Task<Slot?> LoadTyped(string hint)
    {
        var json = await TextAsync($"state for {hint}");
        return System.Text.Json.JsonSerializer.Deserialize<Slot>(json);
    }

    public async Task<double> Compute(string hint)
    {
        var expr = await TextAsync($"C# expression for {hint}");
        return await CSharpScript.EvaluateAsync<double>(expr);
    }

    public Task<int> SelfTest() => CSharpScript.EvaluateAsync<int>("1 + 1");

    public async Task<Stream> Open(string hint)
    {
        var text = await TextAsync($"turn number for {hint}");
        if (!int.TryParse(text, out var turn)) turn = 0;
        return File.OpenRead($"/srv/state/{turn}.json");
    }
}
