using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.SemanticKernel;
using Scriban;

namespace Portal.Controllers;

[Route("answer")]
public class AnswerController : Controller
{
    private readonly Kernel _kernel;
    private readonly IHttpClientFactory _http;

    public AnswerController(Kernel kernel, IHttpClientFactory http)
    {
        _kernel = kernel;
        _http = http;
    }

    private async Task<string> Prompt(string q)
    {
        var result = await _kernel.InvokePromptAsync(q);
        return result.GetValue<string>() ?? "";
    }

    [HttpGet("raw")]
    public async Task<IActionResult> Raw(string q)
        => Content("<p>" + await Prompt(q) + "</p>", "text/html");

    [HttpGet("encoded")]
    public async Task<IActionResult> Encoded(string q)
        => Content("<p>" + HtmlEncoder.Default.Encode(await Prompt(q)) + "</p>", "text/html");

    [HttpGet("widget")]
    public async Task<IActionResult> Widget(string q)
    {
        ViewBag.Body = new HtmlString(await Prompt(q));
        return View("Widget");
    }

    [HttpGet("mail")]
    public async Task<string> Mail(string q)
    {
        var source = await Prompt("Scriban mail for " + q);
        var template = Template.Parse(source);
        return await template.RenderAsync(new { User = User.Identity?.Name });
    }

    [HttpGet("mail-fixed")]
    public async Task<string> MailFixed(string q)
    {
        var template = Template.Parse("Hello {{ user }}: {{ text }}");
        return await template.RenderAsync(new { User = User.Identity?.Name, Text = await Prompt(q) });
    }

    [HttpGet("source")]
    public async Task<IActionResult> Source(string q)
    {
        var link = await Prompt("source link for " + q);
        var body = await _http.CreateClient().GetStringAsync(link);
        return Json(new { body.Length });
    }
}
