using System.CommandLine;
using System.CommandLine.Parsing;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.Commands;
using Cairn.Cli.Help;

namespace Cairn.Cli;

/// <summary>Runs a command and turns what went wrong into one sentence and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The command line is wrong, or the program cannot be run.</summary>
    public const int UsageExitCode = 2;

    public static int Invoke(Command root, IReadOnlyList<string> arguments)
    {
        var parsed = root.Parse(arguments);
        if (Empty(parsed) is { } empty)
        {
            Console.Error.WriteLine($"cairn: {empty} is empty; is a variable not set?");
            return UsageExitCode;
        }

        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in Problems(parsed))
                Console.Error.WriteLine($"cairn: {problem}");
            var command = parsed.CommandResult.Command == root ? "cairn" : $"cairn {parsed.CommandResult.Command.Name}";
            Console.Error.WriteLine($"See `{command} --help`.");
            return UsageExitCode;
        }

        // The commands look after TERM and INT themselves.
        return Told(() => parsed.Invoke(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }));
    }

    /// <summary>The same for something that needs no parser.</summary>
    public static int Told(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception error) when (error is UsageException or BatchScriptException)
        {
            Console.Error.WriteLine($"cairn: {error.Message}");
            return UsageExitCode;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cairn: {error.Message}");
            return ExitCodes.RequeueFailed;
        }
    }

    // Nothing that Cairn takes is empty. Only behind -- and a script's name anything may be: that is another program's.
    private static string? Empty(ParseResult parsed)
    {
        var parts = parsed.CommandResult.Children;
        if (parts.OfType<OptionResult>().FirstOrDefault(option => option.Tokens.Any(token => token.Value.Length == 0)) is { } option)
            return option.Option.Name;
        var words = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Where(token => token.Type is TokenType.Argument or TokenType.Command);
        return words.Any(word => word.Value.Length == 0)
            && (parsed.CommandResult.Command.Name != LocalCommand.Name || parts.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault()?.Value is "")
            ? "an argument"
            : null;
    }

    // An unknown word makes the parser complain of what is missing as well.
    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return parsed.UnmatchedTokens switch
        {
            [['-', _, ..] word, ..] => [UnknownWord.Option(command, word)],
            [var word, ..] when command.Subcommands.Count > 0 => [UnknownWord.Command(command, word)],
            _ => parsed.Errors.Select(error => error.Message),
        };
    }
}
