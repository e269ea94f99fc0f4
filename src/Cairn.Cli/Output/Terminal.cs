using Spectre.Console;

namespace Cairn.Cli.Output;

/// <summary>What may be sent to a terminal: colours and live lines only where there is one and nobody has declined.</summary>
internal static class Terminal
{
    private static readonly Lazy<TextWriter> output = new(() => Writer(System.Console.OpenStandardOutput()));
    private static readonly Lazy<TextWriter> error = new(() => Writer(System.Console.OpenStandardError()));

    /// <summary>NO_COLOR is set: neither colours nor any other styling.</summary>
    public static bool IsPlain { get; } = Environment.GetEnvironmentVariable("NO_COLOR") is not (null or "");

    /// <summary>The locale names another encoding than UTF-8, or C, which has none; .NET takes C for UTF-8. Where no locale is set nobody has declined.</summary>
    private static bool IsUnicode { get; } = Locale() is not { } locale || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);

    /// <summary>Standard error is a terminal that can draw a line anew.</summary>
    public static bool IsLive { get; } =
        !System.Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Standard output as it is: for what a program reads, byte for byte, and for what was made printable already.</summary>
    public static TextWriter Output => output.Value;

    /// <summary>Standard error as it is: for what was made printable already.</summary>
    public static TextWriter Error => error.Value;

    /// <summary>From now on nothing unprintable comes out of <see cref="System.Console.Out"/> and <see cref="System.Console.Error"/>.</summary>
    public static void Guard()
    {
        System.Console.SetOut(new PrintableWriter(output, keepsLines: true));
        System.Console.SetError(new PrintableWriter(error, keepsLines: false));
    }

    /// <summary>A console on <see cref="System.Console.Out"/> or <see cref="System.Console.Error"/>.</summary>
    public static IAnsiConsole Console(TextWriter writer)
    {
        var (raw, isFile) = writer == System.Console.Out ? (Output, System.Console.IsOutputRedirected)
            : writer == System.Console.Error ? (Error, System.Console.IsErrorRedirected)
            : (writer, true);
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(raw),
            Ansi = IsPlain || isFile ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = IsPlain || isFile ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            // They send colours into the logs of CI services, which are no terminals.
            Enrichment = new() { UseDefaultEnrichers = false },
        });
        if (!IsUnicode)
            console.Profile.Capabilities.Unicode = false;
        console.Pipeline.Attach(new PrintableSegments());
        return console;
    }

    private static string? Locale()
    {
        foreach (var name in (string[])["LC_ALL", "LC_CTYPE", "LANG"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                return value;
        }

        return null;
    }

    private static StreamWriter Writer(Stream stream) => new(stream, System.Console.OutputEncoding, bufferSize: 1024, leaveOpen: true) { AutoFlush = true };
}
