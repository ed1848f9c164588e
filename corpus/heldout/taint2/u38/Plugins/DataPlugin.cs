using System.ComponentModel;
using Dapper;
using Microsoft.Data.SqlClient;
using Microsoft.SemanticKernel;

namespace Shop.Plugins;

public sealed class DataPlugin
{
    private readonly string _cs;
    private static readonly HashSet<string> Columns = new() { "Name", "Price", "Stock" };

    public DataPlugin(string cs) => _cs = cs;

    [KernelFunction, Description("Run a query")]
    public async Task<string> QueryAsync([Description("T-SQL")] string statement)
    {
        await using var con = new SqlConnection(_cs);
        await con.OpenAsync();
        var cmd = con.CreateCommand();
        cmd.CommandText = statement;
        var n = await cmd.ExecuteScalarAsync();
        return $"{n}";
    }

    [KernelFunction, Description("Find products")]
    public async Task<IEnumerable<string>> FindAsync(string name)
    {
        await using var con = new SqlConnection(_cs);
        return await con.QueryAsync<string>("SELECT Name FROM Product WHERE Name = @name", new { name });
    }

    [KernelFunction, Description("Sort products")]
    public async Task<IEnumerable<string>> SortAsync(string column)
    {
        if (!Columns.Contains(column)) return Array.Empty<string>();
        await using var con = new SqlConnection(_cs);
        return await con.QueryAsync<string>($"SELECT Name FROM Product ORDER BY {column}");
    }

    [KernelFunction, Description("Filter products")]
    public async Task<IEnumerable<string>> FilterAsync(string condition)
    {
        await using var con = new SqlConnection(_cs);
        var sql = string.Concat("SELECT Name FROM Product WHERE ", condition);
        return await con.QueryAsync<string>(sql);
    }
}
