using System.ComponentModel;
using System.Globalization;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>
/// <c>srun</c> inside a job: starts the tasks itself, so that its standard streams are theirs, and tells the scheduler which
/// they are. Returns the highest exit code, last of all.
/// </summary>
internal static class Srun
{
    private const int NotFound = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = SrunOptions.Parse(arguments);
            using var channel = Client.Connect();
            string[] request = [Text(options.Nodes), Text(options.Tasks), Text(options.TasksPerNode), string.Join(',', options.NodeList), .. options.NotImitated];
            await channel.WriteAsync(new Request(Request.StepBegin, request) { Program = Path.GetFileName(options.Command[0]) });
            var reply = await channel.ReadReplyAsync();
            if (reply?.Step is not { } permit)
                return Fail(reply?.Error.TrimEnd() ?? "the scheduler has ended");
            if (reply.Error.Length > 0)
                Say($"Warning: {reply.Error}");
            return await RunStepAsync(options, permit, channel);
        }
        catch (UsageException error)
        {
            return Fail(error.Message);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return Fail(error.Message);
        }
    }

    /// <summary>A line on standard error.</summary>
    public static void Say(string text) => Console.Error.WriteLine($"srun: {text}");

    private static async Task<int> RunStepAsync(SrunOptions options, StepPermit permit, LineChannel channel)
    {
        var step = $"{Environment.GetEnvironmentVariable("SLURM_JOB_ID")}.{permit.Step}";
        var variables = Exports.Changes(options.Export);
        if (options.CpusPerTask is { } cpus)
            variables["SLURM_CPUS_PER_TASK"] = cpus;
        if (options.TasksPerNode is { } perNode && permit.Layout.Tasks <= perNode * permit.Layout.Nodes.Count)
            variables["SLURM_NTASKS_PER_NODE"] = Text(perNode);
        var search = variables.TryGetValue("PATH", out var path) ? path : Environment.GetEnvironmentVariable("PATH");
        string program;
        try
        {
            program = Executables.Find(options.Command[0], search ?? "", options.Folder ?? Environment.CurrentDirectory);
        }
        catch (UsageException error)
        {
            _ = Fail(error.Message);
            return NotFound;
        }

        using var streams = new StepStreams(options, permit);
        var tasks = new StepTasks();
        var (ending, waiting) = (0, 0);
        // Before the first task: a signal that comes now must not end srun and leave tasks behind.
        using var signals = new StepSignals(tasks, step, TimeProvider.System);
        try
        {
            var command = InheritedBytes.LastArguments(options.Command.Count);
            var ranks = Enumerable.Range(0, permit.Layout.Tasks).Select(rank => (rank, Streams: streams.Of(rank))).ToList(); // a fifo keeps it waiting here
            tasks.Start(ranks.Select(one =>
            {
                var (rank, (input, output, error)) = one;
                JobEnvironment.AddTask(variables, permit.Step, permit.Layout, rank);
                return new ProcessStart(program, command, InheritedBytes.EnvironmentWith(variables)) { Folder = options.Folder, Input = input, Output = output, Error = error };
            }));
            await channel.WriteAsync(new Request(Request.StepStarted, []) { Processes = tasks.Processes });
            var results = await Task.WhenAll(tasks.Ends.Select((end, rank) => WatchAsync(rank, end)));
            return results.Max();
        }
        catch (Win32Exception error)
        {
            return Fail($"'{program}' could not be started: {(error.NativeErrorCode == Errno.NotExecutable ? "it is neither a binary nor a script with a #! line" : error.Message)}");
        }
        finally
        {
            // What the tasks left behind belongs to the step and ends with it.
            Signals.KillDescendants(except: null, TimeSpan.FromSeconds(5));
        }

        // Slurm ends a step as it ends a job: TERM, and after KillWait KILL.
        async Task EndAsync()
        {
            Say($"launch: Terminating StepId={step}");
            tasks.Send(SignalName.Cont);
            tasks.Send(SignalName.Term);
            await Task.Delay(permit.KillWait);
            tasks.Send(SignalName.Kill);
        }

        async Task KillLaterAsync(TimeSpan wait)
        {
            await Task.Delay(wait);
            Say($"First task exited {wait.TotalSeconds:0}s ago");
            Say($"launch: Terminating StepId={step}");
            tasks.Send(SignalName.Kill);
        }

        async Task<int> WatchAsync(int rank, Task<ProcessEnd> running)
        {
            var end = await running;
            if (end.ShellCode != 0)
                Say($"error: {permit.Layout.Nodes[permit.Layout.NodeOf(rank)]}: task {rank}: {Describe(end)}");
            if (end.ShellCode != 0 && options.KillOnBadExit && Interlocked.Exchange(ref ending, 1) == 0)
                _ = EndAsync();
            else if (options.Wait is { } wait && Interlocked.Exchange(ref waiting, 1) == 0)
                _ = KillLaterAsync(wait);
            return end.ShellCode;
        }
    }

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Describe(ProcessEnd end) =>
        end.Signal == 0 ? $"Exited with exit code {end.Code}" : Libc.SignalText(end.Signal);

    private static int Fail(string message)
    {
        Say($"error: {message}");
        return 1;
    }
}
