using System;
using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenAI.Chat;

var app = WebApplication.CreateBuilder(args).Build();
var chat = new ChatClient("gpt-4o-mini", Environment.GetEnvironmentVariable("OPENAI_API_KEY"));
var http = new HttpClient();

app.MapGet("/raw", async (string q) =>
{
    ChatCompletion completion = await chat.CompleteChatAsync(q);
    string text = completion.Content[0].Text;
    return Results.Content($"<main>{text}</main>", "text/html");
});

app.MapGet("/encoded", async (string q) =>
{
    ChatCompletion completion = await chat.CompleteChatAsync(q);
    string text = WebUtility.HtmlEncode(completion.Content[0].Text);
    return Results.Content($"<main>{text}</main>", "text/html");
});

app.MapGet("/follow", async (string q) =>
{
    ChatCompletion completion = await chat.CompleteChatAsync("Best URL for " + q);
    string page = await http.GetStringAsync(completion.Content[0].Text.Trim());
    return Results.Text(page);
});

app.MapGet("/health", async () =>
{
    string page = await http.GetStringAsync("https://status.example.com/");
    return Results.Text(page);
});

app.Run();
