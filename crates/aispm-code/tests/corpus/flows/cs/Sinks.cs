using System.Data.SqlClient;
using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Text;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using OpenAI.Chat;

public class Sinks : Controller
{
    private readonly ChatClient chat = new ChatClient("gpt-4o", "k");
    private readonly IChatClient other;
    private readonly Kernel kernel;
    private static readonly string[] Allowed = { "up", "down" };

    private async Task<string> Ask(string prompt)
    {
        ChatCompletion reply = await chat.CompleteChatAsync(prompt);
        return reply.Content[0].Text;
    }

    public async Task Shell(string prompt)
    {
        var text = await Ask(prompt);
        Process.Start("cmd.exe", "/c " + text); // expect: taint shell
        Process.Start("git", "log " + text);
        var info = new ProcessStartInfo { FileName = "/bin/bash", Arguments = $"-c \"{text}\"" }; // expect: taint shell
        var process = new Process();
        process.StartInfo.FileName = "powershell.exe";
        process.StartInfo.Arguments = $"-Command {text}"; // expect: taint shell
        PowerShell.Create().AddScript(text).Invoke(); // expect: taint shell
        PowerShell.Create().AddCommand("Get-Item").AddArgument(text).Invoke();
    }

    public async Task Code(string prompt)
    {
        await CSharpScript.EvaluateAsync(await Ask(prompt)); // expect: taint code
        await CSharpScript.EvaluateAsync("1 + 1");
    }

    public async Task Sql(string prompt, SqlConnection connection)
    {
        var sql = await Ask(prompt);
        var command = new SqlCommand(sql, connection); // expect: taint sql
        command.CommandText = "select * from t where a = @a";
        command.Parameters.AddWithValue("@a", sql);
        var second = connection.CreateCommand();
        second.CommandText = sql; // expect: taint sql
        await connection.QueryAsync(sql); // expect: taint sql
        await connection.QueryAsync("select * from t where a = @a", new { a = sql });
    }

    public async Task<IActionResult> Page(string prompt)
    {
        var text = await Ask(prompt);
        if (text.Length > 99) return Content($"<p>{text}</p>", "text/html"); // expect: taint html
        if (text.Length > 9) return Content($"<p>{WebUtility.HtmlEncode(text)}</p>", "text/html");
        if (text.Length > 8) return Redirect(text); // expect: taint url
        return Content(text);
    }

    public async Task Files(string prompt)
    {
        var name = await Ask(prompt);
        System.IO.File.WriteAllText(Path.Combine("out", name), "x"); // expect: taint file-path
        System.IO.File.WriteAllText(Path.Combine("out", Path.GetFileName(name)), "x");
        using var http = new HttpClient();
        await http.GetStringAsync(name); // expect: taint url
    }

    public async Task Shapes(string prompt)
    {
        var reply = await other.GetResponseAsync(prompt);
        Process.Start("/bin/sh", reply.Text); // expect: taint shell
        var builder = new StringBuilder();
        await foreach (var update in other.GetStreamingResponseAsync(prompt))
        {
            builder.Append(update.Text);
        }
        Process.Start("/bin/sh", builder.ToString()); // expect: taint shell
        var result = await kernel.InvokePromptAsync(prompt);
        Process.Start("/bin/sh", result.GetValue<string>()); // expect: taint shell
        var data = System.Text.Json.JsonDocument.Parse(reply.Text).RootElement.GetProperty("cmd").GetString();
        Process.Start("/bin/sh", data); // expect: taint shell
    }

    public async Task Guards(string prompt)
    {
        var verb = await Ask(prompt);
        if (!Allowed.Contains(verb)) throw new ArgumentException(verb);
        Process.Start("/bin/sh", "-c " + verb);
        var count = int.Parse(await Ask(prompt));
        Process.Start("/bin/sh", "-c head -n " + count);
    }
}
