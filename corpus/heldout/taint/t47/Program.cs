using System;
using System.Diagnostics;
using System.Threading.Tasks;
using OpenAI.Chat;

namespace ShellHelper;

public static class Program
{
    private static readonly ChatClient Client =
        new("gpt-4o-mini", Environment.GetEnvironmentVariable("OPENAI_API_KEY"));

    private static async Task<string> AskAsync(string prompt)
    {
        ChatCompletion completion = await Client.CompleteChatAsync(prompt);
        return completion.Content[0].Text;
    }

    private static async Task RunAsync(string goal)
    {
        string command = await AskAsync($"One bash command for: {goal}");
        using Process process = Process.Start("/bin/bash", $"-c \"{command}\"");
        await process.WaitForExitAsync();
    }

    private static async Task CommitAsync(string goal)
    {
        string message = await AskAsync($"Commit message for: {goal}");
        using Process process = Process.Start("git", new[] { "commit", "-m", message });
        await process.WaitForExitAsync();
    }

    public static async Task Main(string[] args)
    {
        Process.Start("/bin/bash", "-c \"git fetch --all\"");
        await CommitAsync(args[0]);
        await RunAsync(args[0]);
    }
}
