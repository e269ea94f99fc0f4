using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Steps;

/// <summary>The options of <c>srun</c> that make sense on one machine; others are refused, not guessed.</summary>
internal static class SrunOptions
{
    // They place tasks on CPUs and nodes, of which there is one here.
    private static readonly string[] WithoutEffect =
    [
        "--cpu-bind", "--cpus-per-task", "-c", "--distribution", "-m", "--exclusive", "--export", "--gpus", "--gpus-per-task", "--gres", "--hint",
        "--job-name", "-J", "--kill-on-bad-exit", "-K", "--label", "-l", "--mem", "--mem-per-cpu", "--mpi", "--nodes", "-N", "--ntasks-per-node",
        "--overlap", "--quiet", "-Q", "--unbuffered", "-u", "--wait", "-W",
    ];

    private static readonly string[] Flags = ["--exclusive", "--overlap", "--label", "-l", "--quiet", "-Q", "--unbuffered", "-u", "--kill-on-bad-exit", "-K"];

    /// <summary>Reads the options up to the program.</summary>
    /// <returns>How many tasks were asked for, and the program with its arguments.</returns>
    /// <exception cref="UsageException">An option is not known here, or there is no program.</exception>
    public static (int? Tasks, IReadOnlyList<string> Command) Parse(IReadOnlyList<string> arguments)
    {
        int? tasks = null;
        var at = 0;
        while (at < arguments.Count && arguments[at].StartsWith('-'))
        {
            var word = arguments[at++];
            if (word == "--")
                break;
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var isLong = word.StartsWith("--", StringComparison.Ordinal);
            var name = isLong ? (equals < 0 ? word : word[..equals]) : word[..2];
            var value = isLong ? (equals < 0 ? null : word[(equals + 1)..]) : word.Length > 2 ? word[2..] : null;
            if (name is "-n" or "--ntasks")
            {
                value ??= at < arguments.Count ? arguments[at++] : string.Empty;
                tasks = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1024
                    ? number
                    : throw new UsageException($"srun: {name} '{value}': 1 to 1024 tasks are possible here.");
            }
            else if (!WithoutEffect.Contains(name))
            {
                throw new UsageException($"srun: {name} is not imitated by cairn local (-n is; placement options have no effect).");
            }
            else if (value is null && !Flags.Contains(name))
            {
                at++;
            }
        }

        return at < arguments.Count ? (tasks, [.. arguments.Skip(at)]) : throw new UsageException("srun: no program was given.");
    }
}
