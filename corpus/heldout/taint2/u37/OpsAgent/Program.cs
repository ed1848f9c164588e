using System.Diagnostics;
using Azure;
using Azure.AI.OpenAI;
using OpenAI.Chat;

var azure = new AzureOpenAIClient(new Uri(Environment.GetEnvironmentVariable("AOAI")!), new AzureKeyCredential(Environment.GetEnvironmentVariable("KEY")!));
ChatClient chat = azure.GetChatClient("gpt-4o");

string Ask(string question)
{
    ChatCompletion done = chat.CompleteChat(new UserChatMessage(question));
    return done.Content[0].Text;
}

void Run(string goal)
{
    var line = Ask($"One bash line for: {goal}");
    var psi = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true };
    psi.Arguments = $"-c \"{line}\"";
    using var p = Process.Start(psi);
    Console.WriteLine(p!.StandardOutput.ReadToEnd());
}

void Ping(string goal)
{
    var host = Ask($"Host name in: {goal}");
    var psi = new ProcessStartInfo("ping");
    psi.ArgumentList.Add("-c1");
    psi.ArgumentList.Add("--");
    psi.ArgumentList.Add(host);
    using var p = Process.Start(psi);
    p!.WaitForExit();
}

void Uptime()
{
    using var p = Process.Start("uptime");
    p!.WaitForExit();
}

async Task Save(string goal)
{
    var name = Ask($"File name for: {goal}");
    await File.WriteAllTextAsync(Path.Combine("/srv/out", name), goal);
}

async Task SaveLeaf(string goal)
{
    var name = Path.GetFileName(Ask($"File name for: {goal}"));
    await File.WriteAllTextAsync(Path.Combine("/srv/out", name), goal);
}

Uptime();
Run(args[0]);
Ping(args[0]);
await Save(args[0]);
await SaveLeaf(args[0]);
