using System.Globalization;
using Cairn.Checkpoints;

namespace Cairn.Cli.Inspection;

/// <summary>Small values for people.</summary>
internal static class ValueWords
{
    public static string Of(PartValue value) => value switch
    {
        PartValue.Nothing => "none",
        PartValue.Flag(var flag) => flag ? "true" : "false",
        PartValue.Integer(var integer) => integer.ToString(CultureInfo.InvariantCulture),
        PartValue.Real(var real) => real.ToString("R", CultureInfo.InvariantCulture),
        PartValue.Text(var text) => text,
        PartValue.List(var items) => $"[{string.Join(", ", items.Select(Of))}]",
        _ => "",
    };
}
