namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The form in which scontrol shows anything: a line and further ones below it, or all on one.</summary>
internal static class Record
{
    public static string Text(IEnumerable<string> lines, bool oneLine) =>
        oneLine ? string.Join(' ', lines) + "\n" : string.Join("\n   ", lines) + "\n\n";
}
