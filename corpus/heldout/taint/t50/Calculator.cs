using System;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.SemanticKernel;

namespace Calc;

public class Calculator
{
    private readonly Kernel _kernel;

    public Calculator(Kernel kernel) => _kernel = kernel;

    private async Task<string> ExpressionAsync(string problem)
    {
        FunctionResult result = await _kernel.InvokePromptAsync($"C# expression only: {problem}");
        return result.GetValue<string>() ?? "0";
    }

    public async Task<object> SolveAsync(string problem)
    {
        string expression = await ExpressionAsync(problem);
        return await CSharpScript.EvaluateAsync(expression);
    }

    public async Task<object> SquareAsync(string problem)
    {
        int number = int.Parse(await ExpressionAsync("one integer for " + problem));
        return await CSharpScript.EvaluateAsync($"{number} * {number}");
    }

    public Task<object> WarmUpAsync()
    {
        return CSharpScript.EvaluateAsync("1 + 1");
    }
}
