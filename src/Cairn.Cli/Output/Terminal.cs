using Spectre.Console;

namespace Cairn.Cli.Output;

/// <summary>What may be sent to a terminal: colours and live lines only where there is one and nobody has declined.</summary>
internal static class Terminal
{
    /// <summary>NO_COLOR is set: neither colours nor any other styling.</summary>
    public static bool IsPlain { get; } = Environment.GetEnvironmentVariable("NO_COLOR") is not (null or "");

    /// <summary>Standard error is a terminal that can draw a line anew.</summary>
    public static bool IsLive { get; } =
        !System.Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>A console on <see cref="System.Console.Out"/> or <see cref="System.Console.Error"/>.</summary>
    public static IAnsiConsole Console(TextWriter writer) => AnsiConsole.Create(new()
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = IsPlain ? AnsiSupport.No : AnsiSupport.Detect,
        ColorSystem = IsPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        Interactive = InteractionSupport.No,
        // They send colours into the logs of CI services, which are no terminals.
        Enrichment = new() { UseDefaultEnrichers = false },
    });
}
