using System.CommandLine;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli;

/// <summary>Runs a command and turns what went wrong into one sentence and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The command line is wrong, or the program cannot be run.</summary>
    public const int UsageExitCode = 2;

    public static int Invoke(Command root, IReadOnlyList<string> arguments)
    {
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"cairn: {error.Message}");
            var command = parsed.CommandResult.Command == root ? "cairn" : $"cairn {parsed.CommandResult.Command.Name}";
            Console.Error.WriteLine($"See `{command} --help`.");
            return UsageExitCode;
        }

        try
        {
            // The commands look after TERM and INT themselves.
            return parsed.Invoke(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
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
}
