namespace Cairn.Checkpoints;

/// <summary>Values in words, for a message.</summary>
internal static class PartValueWords
{
    public static string InWords(this PartValue value) => value switch
    {
        PartValue.Flag { Value: var flag } => flag ? "true" : "false",
        PartValue.Integer { Value: var number } => number.ToString(),
        PartValue.Real { Value: var number } => number.ToString("R"),
        PartValue.Text { Value: var text } => text,
        PartValue.List { Items: var items } => $"[{string.Join(", ", items.Select(InWords))}]",
        _ => "nothing",
    };
}
