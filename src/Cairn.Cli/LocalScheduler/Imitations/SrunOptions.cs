using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The options of srun that change something on one machine; those that place work on a cluster are accepted and do nothing.</summary>
/// <param name="Tasks">-n; null for the job's own number.</param>
/// <param name="Folder">--chdir.</param>
/// <param name="Command">The program and its arguments.</param>
internal sealed record SrunOptions(int? Tasks, string? Folder, IReadOnlyList<string> Command)
{
    private const int MostTasks = 1024;

    private static readonly HashSet<string> IgnoredWithValue = new(
        ("A account c cpus-per-task cpu-bind mem-bind cpu-freq G gpus gpus-per-task gpus-per-node gpu-bind gres mem mem-per-cpu mem-per-gpu J job-name "
         + "m distribution hint ntasks-per-node p partition q qos t time W wait w nodelist C constraint jobid mpi").Split(' '), StringComparer.Ordinal);

    private static readonly HashSet<string> IgnoredFlags = new(
        "u unbuffered overlap exact O overcommit s oversubscribe Q quiet v verbose exclusive X disable-status k no-kill".Split(' '), StringComparer.Ordinal);

    /// <exception cref="UsageException">An option that is not imitated, or no program.</exception>
    public static SrunOptions Parse(IReadOnlyList<string> arguments)
    {
        int? tasks = null;
        string? folder = null;
        var options = new ShortArguments(arguments, flags: "uOsQvXk", valued: "AcGJmpqtWwCnND");
        while (options.Next())
        {
            switch (options.Name)
            {
                case "" when options.Text == "--":
                    return Build(options.Rest, tasks, folder);
                case "":
                    return Build([options.Text, .. options.Rest], tasks, folder);
                case "n" or "ntasks":
                    tasks = Number(options.Text, options.Value, MostTasks);
                    break;
                case "N" or "nodes":
                    if (options.Value is not ("1" or "1-1"))
                        throw new UsageException($"{options.Text}: cairn local is one node; srun cannot use more");
                    break;
                case "D" or "chdir":
                    folder = options.Value ?? throw new UsageException("--chdir needs a folder");
                    break;
                case "export" when options.Value is "ALL":
                    break;
                case var name when IgnoredFlags.Contains(name):
                    break;
                case var name when IgnoredWithValue.Contains(name):
                    _ = options.Value ?? throw new UsageException($"{options.Text} needs a value");
                    break;
                default:
                    throw new UsageException(
                        $"cairn local does not imitate srun {options.Text}; -n, -N 1, -D and --export=ALL work, options that place work on a cluster are accepted and ignored");
            }
        }

        return Build([], tasks, folder);
    }

    private static SrunOptions Build(IReadOnlyList<string> command, int? tasks, string? folder) =>
        command.Count > 0 ? new(tasks, folder, command) : throw new UsageException("No command given to execute.");

    private static int Number(string option, string? value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new UsageException($"{option}: '{value}' is no number of tasks between 1 and {most}");
}
