using System.ComponentModel;
using System.Threading.Tasks;
using Microsoft.Data.SqlClient;
using Microsoft.SemanticKernel;

namespace Shop.Plugins;

public class OrderPlugin
{
    private readonly string _connectionString;

    public OrderPlugin(string connectionString) => _connectionString = connectionString;

    [KernelFunction("search_orders")]
    [Description("Search orders by a SQL condition")]
    public async Task<int> SearchOrdersAsync([Description("SQL condition")] string condition)
    {
        await using var conn = new SqlConnection(_connectionString);
        await conn.OpenAsync();
        return (int)(await new SqlCommand("SELECT COUNT(*) FROM Orders WHERE " + condition, conn).ExecuteScalarAsync())!;
    }

    [KernelFunction("order_status")]
    [Description("Status of the orders of a customer")]
    public async Task<string> StatusAsync(string customer)
    {
        await using var conn = new SqlConnection(_connectionString);
        await conn.OpenAsync();
        var cmd = new SqlCommand("SELECT TOP 1 Status FROM Orders WHERE Customer = @c", conn);
        cmd.Parameters.AddWithValue("@c", customer);
        return (string)(await cmd.ExecuteScalarAsync())!;
    }

    [KernelFunction("order_total")]
    [Description("Total of an order")]
    public async Task<decimal> TotalAsync(int orderId)
    {
        await using var conn = new SqlConnection(_connectionString);
        await conn.OpenAsync();
        return (decimal)(await new SqlCommand($"SELECT Total FROM Orders WHERE Id = {orderId}", conn).ExecuteScalarAsync())!;
    }

    public async Task TruncateAsync(string table)
    {
        await using var conn = new SqlConnection(_connectionString);
        await conn.OpenAsync();
        await new SqlCommand("TRUNCATE TABLE " + table, conn).ExecuteNonQueryAsync();
    }
}
