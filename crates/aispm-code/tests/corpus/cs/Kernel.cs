using Microsoft.SemanticKernel;

var builder = Kernel.CreateBuilder();
builder.AddAzureOpenAIChatCompletion("gpt-4o", "https://acme.openai.azure.com", "key"); // expect: model azure-openai/gpt-4o
var kernel = builder.Build();

public class Clock
{
    [KernelFunction("now")]
    public string Now() => System.DateTime.Now.ToString(); // expect: tool now
}
