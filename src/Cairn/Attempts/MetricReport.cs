using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Attempts;

/// <summary>A value that the program reported: a line of an attempt's metrics file. The form is described in docs/metrics.md.</summary>
/// <param name="Step">Completed steps of the state that it belongs to, as in the name of that step's checkpoint.</param>
/// <param name="Metric">Its name.</param>
/// <param name="Value">The value.</param>
/// <param name="Time">When it was reported, UTC.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MetricReport(long Step, string Metric, double Value, DateTimeOffset Time)
{
    /// <summary>The steps of the whole run, where the program says so.</summary>
    public long? Total { get; init; }

    /// <summary>Writes it as an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("step"u8, Step);

        // By way of bytes, for in these half a surrogate pair has a form.
        json.WriteString("metric"u8, Encoding.UTF8.GetBytes(Metric));
        json.WriteReal("value", Value);
        json.WriteString("time"u8, Time);
        json.WriteEndObject();
    }

    /// <summary>Reads a line; null when it was cut off, or is of another form.</summary>
    public static MetricReport? Read(ReadOnlySpan<byte> line) =>
        IsWhole(line, out var report, out var hasValue) && hasValue && !string.IsNullOrEmpty(report.Metric) ? report : null;

    /// <summary>Whether a line says how far a program is, and nothing else: its last step, as a rule.</summary>
    public static bool IsStepAlone(ReadOnlySpan<byte> line) => IsWhole(line, out var report, out var hasValue) && !hasValue && report.Metric is null;

    /// <summary>Reads a line that has a value, or says how far the program is; its metric is null then.</summary>
    public static MetricReport? ReadStep(ReadOnlySpan<byte> line) => IsWhole(line, out var report, out _) ? report : null;

    private static bool IsWhole(ReadOnlySpan<byte> line, out MetricReport report, out bool hasValue)
    {
        var (step, metric, value, time, total) = (-1L, (string?)null, (double?)null, default(DateTimeOffset), 0L);
        (report, hasValue) = (default, false);
        var json = new Utf8JsonReader(line);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString();
                json.Read();
                switch (name)
                {
                    case "step":
                        step = json.GetInt64();
                        break;
                    case "metric":
                        metric = json.GetString();
                        break;
                    case "value":
                        value = ReadReal(ref json);
                        break;
                    case "total" when json.TokenType == JsonTokenType.Number:
                        _ = json.TryGetInt64(out total);
                        break;
                    case "time":
                        time = json.GetDateTimeOffset();
                        break;
                    default:
                        json.Skip();
                        break;
                }
            }

            // To the very end: of a line that was cut off nothing counts.
            if (json.TokenType != JsonTokenType.EndObject || json.Read() || step < 0)
                return false;
            (report, hasValue) = (new(step, metric!, value ?? 0, time) { Total = total > 0 ? total : null }, value is not null);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static double ReadReal(ref Utf8JsonReader json) => json.TokenType == JsonTokenType.Number
        ? json.GetDouble()
        : JsonWriting.RealByName(json.GetString());
}
