using System.Globalization;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>The words of <c>cairn run</c> before a program, as a script has them. What is the wrapper's own default needs no words.</summary>
internal static class WrapperWords
{
    /// <summary>The wrapper of the job.</summary>
    /// <param name="signal">The warning that comes.</param>
    /// <param name="lead">How long before the end it warns where no signal comes; null for its default.</param>
    /// <param name="folder">The checkpoint folder, as the shell is to read it; null for none.</param>
    /// <param name="with">The signal that the program is warned by; null for the same.</param>
    public static string OfJob(string signal, TimeSpan? lead, string? folder, string? with = null) =>
        string.Create(CultureInfo.InvariantCulture, $"cairn run{Signal(signal, with)}{(lead is { } asked ? $" --lead {asked.TotalSeconds:0}s" : "")}{(folder is null ? "" : $" --checkpoint-dir {folder}")} --");

    /// <summary>The thin one around a task.</summary>
    public static string OfTask(string signal, string? with = null) => $"cairn run --task{Signal(signal, with)} --";

    private static string Signal(string signal, string? with) => (signal == "USR2" ? "" : $" --signal {signal}") + (with is null ? "" : $" --warn-with {with}");
}
