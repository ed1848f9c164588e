using System;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Shop.Plugins;

var orders = new OrderPlugin(Environment.GetEnvironmentVariable("SHOP_DB")!);
if (args.Length > 0 && args[0] == "--reset")
{
    await orders.TruncateAsync("Staging");
}

var builder = Kernel.CreateBuilder();
builder.AddOpenAIChatCompletion("gpt-4o", Environment.GetEnvironmentVariable("OPENAI_API_KEY")!);
builder.Plugins.AddFromObject(orders, "orders");
Kernel kernel = builder.Build();

var settings = new OpenAIPromptExecutionSettings
{
    FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(),
};
Console.WriteLine(await kernel.InvokePromptAsync(Console.ReadLine()!, new KernelArguments(settings)));
