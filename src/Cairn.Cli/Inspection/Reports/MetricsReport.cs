using System.Globalization;
using System.Text;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.JsonForms;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>What a run has reported: a line a metric for people, every value for programs.</summary>
internal static class MetricsReport
{
    private const int EnoughAtOnce = 64 << 10;

    public static void WriteTable(string folder, IReadOnlyList<MetricSeries> metrics, int leftOut, IAnsiConsole console)
    {
        if (metrics.Count == 0)
            console.MarkupLine(Tables.Plain($"{folder}: nothing was reported"));
        if (metrics.Count > 0)
        {
            var table = Tables.Create(console, "metric", ">values", ">first step", ">last step", ">last value", ">lowest", ">at step", ">highest", ">at step");
            foreach (var metric in metrics)
                table.AddPlainRow([metric.Name, .. Cells(metric.Points)]);
            console.Write(table);
        }

        if (leftOut > 0)
            console.MarkupLine(Tables.Plain($"{leftOut} more were reported in steps that a later attempt did again"));
    }

    /// <summary>A line a value, as RFC 4180 has it but for the line's end, which is a line feed.</summary>
    public static void WriteCsv(IReadOnlyList<MetricSeries> metrics, TextWriter output)
    {
        var lines = new StringBuilder("metric,step,value,time,attempt\n");
        foreach (var metric in metrics)
        {
            var name = metric.Name.AsSpan().ContainsAny(",\"\r\n") ? $"\"{metric.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : metric.Name;
            foreach (var point in metric.Points)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{name},{point.Step},{point.Value},{point.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ},{point.Attempt}\n");
                if (lines.Length < EnoughAtOnce)
                    continue;
                output.Write(lines.ToString());
                lines.Clear();
            }
        }

        output.Write(lines.ToString());
    }

    public static void WriteJson(string folder, IReadOnlyList<MetricSeries> metrics, int leftOut, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("folder", folder);
        json.WriteNumber("left_out", leftOut);
        json.WriteStartArray("metrics");
        foreach (var metric in metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Name);
            json.WriteStartArray("values");
            foreach (var point in metric.Points)
            {
                json.WriteStartObject();
                json.WriteNumber("step", point.Step);
                json.WriteReal("value", point.Value);
                json.WriteString("time", point.Time);
                json.WriteNumber("attempt", point.Attempt);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.Flush();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static string[] Cells(IReadOnlyList<MetricPoint> points)
    {
        // NaN is neither.
        MetricPoint? lowest = null, highest = null;
        foreach (var point in points)
        {
            if (double.IsNaN(point.Value))
                continue;
            lowest = lowest is null || point.Value < lowest.Value ? point : lowest;
            highest = highest is null || point.Value > highest.Value ? point : highest;
        }

        return [
            InventoryTable.Number(points.Count), InventoryTable.Number(points[0].Step), InventoryTable.Number(points[^1].Step), Value(points[^1]),
            Value(lowest), InventoryTable.Number(lowest?.Step), Value(highest), InventoryTable.Number(highest?.Step)];
    }

    private static string Value(MetricPoint? point) => point?.Value.ToString("G6", CultureInfo.InvariantCulture) ?? "";
}
