using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Doctor.Reports;

/// <summary>What the doctor says, for people and for programs.</summary>
internal static class DoctorReport
{
    public static void WriteTable(IReadOnlyList<Diagnosis> diagnoses, IAnsiConsole console)
    {
        var table = Tables.Create(console, "check", "verdict", "what is true here, and what to do");
        table.Columns[0].NoWrap();
        foreach (var one in diagnoses)
        {
            var colour = one.Verdict switch { Verdict.Ok => "green", Verdict.Note => "blue", Verdict.Warning => "yellow", _ => "red" };
            table.AddRow(one.Check, $"[{colour}]{Name(one.Verdict)}[/]", Tables.Plain(one.Says) + (one.Advice is { } advice ? $"\n[dim]→[/] {Tables.Plain(advice)}" : ""));
        }

        console.Write(table);
        var counts = from verdict in (Verdict[])[Verdict.Error, Verdict.Warning, Verdict.Note]
                     let number = diagnoses.Count(one => one.Verdict == verdict)
                     where number > 0
                     select $"{number} {Name(verdict)}{(number == 1 ? "" : "s")}";
        console.MarkupLine(diagnoses.All(one => one.Verdict == Verdict.Ok) ? "all is well" : string.Join(", ", counts));
    }

    public static string Json(IReadOnlyList<Diagnosis> diagnoses) => JsonSerializer.Serialize(
        new JsonDoctor(Name(Worst(diagnoses)), [.. diagnoses.Select(one => new JsonDiagnosis(one.Check, Name(one.Verdict), one.Says, one.Advice))]),
        DoctorJsonContext.Default.JsonDoctor);

    public static Verdict Worst(IReadOnlyList<Diagnosis> diagnoses) => diagnoses.Max(one => one.Verdict);

    private static string Name(Verdict verdict) => verdict switch { Verdict.Ok => "ok", Verdict.Note => "note", Verdict.Warning => "warning", _ => "error" };
}

internal sealed record JsonDoctor(string Verdict, IReadOnlyList<JsonDiagnosis> Checks);

internal sealed record JsonDiagnosis(string Check, string Verdict, string Says, string? Advice);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonDoctor))]
internal sealed partial class DoctorJsonContext : JsonSerializerContext;
