namespace Cairn.Cli.Lint;

/// <summary>Asks bash whether it can read a script, which runs nothing of it.</summary>
internal static class BashSyntax
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>Whether <c>bash -n</c> takes the text; true where there is no bash, for then nobody can say.</summary>
    public static bool Takes(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return SlurmProgram.Run("bash", ["-n", file], Plain, Patience).Code is null or 0;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
