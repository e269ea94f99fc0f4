using Cairn.Slurm;

namespace Cairn.Cli.Lint;

/// <summary>Asks bash whether it can read a script, which runs nothing of it.</summary>
internal static class BashSyntax
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>Whether <c>bash -n</c> takes the text; true where there is no bash, for then nobody can say.</summary>
    // By its standard input: a file of its own would need a folder that can be written, and room there.
    public static bool Takes(string text) => CommandRun.Of("bash", ["-n"], Plain, Patience, input: text).ExitCode is null or 0;
}
