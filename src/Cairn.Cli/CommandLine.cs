using System.CommandLine;
using System.CommandLine.Help;
using Cairn.Cli.LocalScheduler;

namespace Cairn.Cli;

/// <summary>The program's face: its commands, and what they have in common.</summary>
internal static class CommandLine
{
    /// <summary>The command line makes no sense, or the script cannot be read.</summary>
    public const int UsageError = 2;

    /// <summary>Something that cairn itself needs failed (a folder, a socket).</summary>
    public const int Failure = 1;

    public static int Run(string[] arguments)
    {
        // Not RootCommand: that takes its name from the assembly, which is called otherwise.
        var root = new Command("cairn", "Training that can be stopped at any time: rehearse a cluster's time limit, preemption and requeue on this machine.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        root.Subcommands.Add(LocalCommand.Create(arguments));
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"cairn: {error.Message}");
            Console.Error.WriteLine("cairn: see cairn local --help");
            return UsageError;
        }

        // The library's own handler would end the process two seconds after a TERM; the scheduler handles signals itself.
        return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }
}
