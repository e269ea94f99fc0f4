using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>What <c>cairn export</c> has written.</summary>
/// <param name="Checkpoint">The checkpoint's directory.</param>
/// <param name="Step">Its step.</param>
/// <param name="Part">The part.</param>
/// <param name="File">The file, as it was named.</param>
/// <param name="Tensors">How many tensors are in it.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record ExportReport(string Checkpoint, long Step, string Part, string File, int Tensors, long Bytes)
{
    public string Json() => JsonSerializer.Serialize(this, ExportJsonContext.Default.ExportReport);

    public override string ToString() => $"wrote {Part} of step {Step} to {File}: {Tensors} tensors, {Cairn.Bytes.Words(Bytes)}";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ExportReport))]
internal sealed partial class ExportJsonContext : JsonSerializerContext;
