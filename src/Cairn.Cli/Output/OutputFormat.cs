using System.CommandLine;

namespace Cairn.Cli.Output;

/// <summary><c>--format table|json</c>, or text|json where no table is written.</summary>
internal static class OutputFormat
{
    /// <param name="plain">The form for people, which is the default.</param>
    /// <param name="description">What the option says.</param>
    public static Option<string> Option(string plain = "table", string description = "how it is written to standard output") =>
        new("--format") { HelpName = $"{plain}|json", Description = description, DefaultValueFactory = _ => plain };

    /// <summary>Whether programs are to read it.</summary>
    /// <exception cref="UsageException">It is none of the two.</exception>
    public static bool IsJson(string format, string plain = "table") =>
        format == "json" || (format == plain ? false : throw new UsageException($"--format {format}: use {plain} or json."));
}
