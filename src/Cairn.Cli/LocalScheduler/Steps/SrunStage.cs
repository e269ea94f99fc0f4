using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cairn.Cli.LocalScheduler.Link;
using Cairn.Cli.LocalScheduler.Processes;

namespace Cairn.Cli.LocalScheduler.Steps;

/// <summary>
/// <c>srun</c> inside a job: starts the tasks, makes them known to the scheduler (which then sends signals to them), passes on
/// what it hears itself, and returns last, with the highest exit code.
/// </summary>
internal static class SrunStage
{
    // Signals that srun forwards to its tasks.
    private static readonly int[] Forwarded = [1, 2, 3, 10, 12, 15];

    public static int Run(string[] arguments)
    {
        var (asked, command) = SrunOptions.Parse(arguments);
        using var client = new CommandClient();
        var answer = client.Ask(new CommandRequest("step", [])).Output.Split(' ');
        var step = int.Parse(answer[0], CultureInfo.InvariantCulture);
        var count = asked ?? int.Parse(answer[1], CultureInfo.InvariantCulture);

        var tasks = new List<Process>();
        var keys = new List<ProcessKey>();
        var registrations = Forwarded.Select(signal => PosixSignalRegistration.Create((PosixSignal)signal, context =>
        {
            context.Cancel = true;
            lock (keys)
                keys.ForEach(task => ProcessTable.Signal(task, signal));
        })).ToList();
        for (var rank = 0; rank < count; rank++)
        {
            var start = new ProcessStartInfo(Self.Command[0], [.. Self.Command.Skip(1), .. ExecStage.Arguments(diesWithParent: true, null, null, command)]);
            JobEnvironment.SetTask(start.Environment, step, rank, count);
            var task = Process.Start(start)!;
            tasks.Add(task);
            if (ProcessTable.Find(task.Id) is { } line)
            {
                lock (keys)
                    keys.Add(line.Key);
            }

            client.Ask(new CommandRequest("task", [task.Id.ToString(CultureInfo.InvariantCulture)]));
        }

        foreach (var task in tasks)
            task.WaitForExit();
        var highest = tasks.Max(task => task.ExitCode);
        registrations.ForEach(registration => registration.Dispose());
        return highest;
    }
}
