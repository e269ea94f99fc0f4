using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.Processes;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>
/// <c>srun</c> inside a job: starts the tasks itself, so that its standard streams are theirs, and tells the scheduler which
/// they are. Forwards signals to all of them, and returns the highest exit code, last of all.
/// </summary>
internal static class Srun
{
    // To srun itself; TERM and INT end a step on a cluster too, by way of its tasks.
    private static readonly int[] Forwarded = [1, 2, 3, 10, 12, 15];

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = SrunOptions.Parse(arguments);
            using var channel = Client.Connect();
            var count = options.Tasks is { } tasks ? (string[])[tasks.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];
            await channel.WriteAsync(new Request(Request.StepBegin, count) { Program = Path.GetFileName(options.Command[0]) });
            var reply = await channel.ReadReplyAsync();
            if (reply?.Step is not { } permit)
                return Fail(reply?.Error.TrimEnd() ?? "the scheduler has ended");
            return await RunStepAsync(options, permit, channel);
        }
        catch (UsageException error)
        {
            return Fail(error.Message);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return Fail($"the scheduler of cairn local cannot be reached: {error.Message}");
        }
    }

    private static async Task<int> RunStepAsync(SrunOptions options, StepPermit permit, LineChannel channel)
    {
        var folder = options.Folder ?? Environment.CurrentDirectory;
        var path = Executables.Find(options.Command[0], Environment.GetEnvironmentVariable("PATH") ?? "", folder);
        var children = Children.Adopt();
        var ends = new TaskCompletionSource<ProcessEnd>[permit.Tasks];
        var started = new List<int>();
        using var nothing = Descriptors.OpenNothing();
        List<PosixSignalRegistration> registrations = [];
        try
        {
            // Before the first task: a signal that comes now must not end srun and leave tasks behind.
            foreach (var signal in Forwarded)
                registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context => Forward(context, signal)));
            for (var rank = 0; rank < permit.Tasks; rank++)
            {
                var end = ends[rank] = new(TaskCreationOptions.RunContinuationsAsynchronously);
                var start = new ProcessStart(path, options.Command, Variables(permit, rank))
                {
                    Folder = options.Folder,
                    // The first task reads what srun is given; Slurm copies it to all.
                    Input = rank == 0 ? null : nothing,
                };
                var pid = children.Start(start, end.SetResult);
                lock (started)
                    started.Add(pid);
            }

            await channel.WriteAsync(new Request(Request.StepStarted, []) { Processes = started });
            var results = await Task.WhenAll(ends.Select(end => end.Task));
            for (var rank = 0; rank < results.Length; rank++)
            {
                if (results[rank].ShellCode != 0)
                    await Console.Error.WriteLineAsync($"srun: error: {JobEnvironment.Node}: task {rank}: {Describe(results[rank])}");
            }

            return results.Max(result => result.ShellCode);
        }
        catch (Win32Exception error)
        {
            return Fail($"'{path}' could not be started: {(error.NativeErrorCode == Libc.Enoexec ? "it is neither a binary nor a script with a #! line" : error.Message)}");
        }
        finally
        {
            // What the tasks left behind belongs to the step and ends with it.
            Signals.KillDescendants(except: null, TimeSpan.FromSeconds(5));
            registrations.ForEach(registration => registration.Dispose());
        }

        void Forward(PosixSignalContext context, int signal)
        {
            context.Cancel = true;
            lock (started)
            {
                foreach (var pid in started)
                {
                    // An ended task stays a zombie only until it is waited for; the table tells whether it is still ours.
                    if (ProcessTable.Find(pid) is { } entry && entry.Parent == Environment.ProcessId)
                        _ = Signals.Send(entry.Id, signal);
                }
            }
        }
    }

    private static Dictionary<string, string> Variables(StepPermit permit, int rank)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        JobEnvironment.AddTask(variables, permit.Step, permit.Tasks, rank);
        return variables;
    }

    private static string Describe(ProcessEnd end) =>
        end.Signal == 0 ? $"Exited with exit code {end.Code}" : Libc.SignalText(end.Signal);

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"srun: error: {message}");
        return 1;
    }
}
