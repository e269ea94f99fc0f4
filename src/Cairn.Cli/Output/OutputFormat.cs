using System.CommandLine;

namespace Cairn.Cli.Output;

/// <summary><c>--format table|json</c>.</summary>
internal static class OutputFormat
{
    public static Option<string> Option() =>
        new("--format") { HelpName = "table|json", Description = "how it is written to standard output", DefaultValueFactory = _ => "table" };

    /// <summary>Whether programs are to read it.</summary>
    /// <exception cref="UsageException">It is none of the two.</exception>
    public static bool IsJson(string format) => format switch
    {
        "table" => false,
        "json" => true,
        _ => throw new UsageException($"--format {format}: use table or json."),
    };
}
