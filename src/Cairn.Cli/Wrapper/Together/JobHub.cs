using System.Globalization;
using System.Net.Sockets;
using Cairn.Ranks;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper.Together;

/// <summary>
/// Where the wrappers of a job's tasks meet: in the wrapper of the job, which begins before and outlives them. The environment that srun hands on
/// tells them where.
/// </summary>
internal static class JobHub
{
    /// <summary>HOST[,HOST...]:PORT:TOKEN, for the wrappers of this job's tasks alone.</summary>
    public const string Variable = "CAIRN_HUB";

    /// <summary>Whether the job has room for more than one task. One that does not say how many it has may start as many as it has processors.</summary>
    public static bool HasSeveralTasks(Func<string, string?> variable) =>
        IsMany(variable("SLURM_NTASKS")) || IsMany(variable("SLURM_JOB_NUM_NODES")) || IsMany(variable("SLURM_NTASKS_PER_NODE"))
        || (variable("SLURM_NTASKS") is null && IsMany(variable("SLURM_CPUS_ON_NODE")));

    /// <summary>Listens. Null, and said why, where that cannot be done.</summary>
    public static HubServer? Listen(TimeProvider time)
    {
        try
        {
            return new HubServer(ControlAddress.NewToken(), Environment.GetEnvironmentVariable("SLURM_JOB_NUM_NODES") is null or "1", time, new ConsoleLogger());
        }
        catch (SocketException error)
        {
            Words.Say($"warning: the tasks cannot be brought to stop at one step, for nothing can be listened to: {error.Message}");
            return null;
        }
    }

    /// <summary>For the wrapper of a task: comes in.</summary>
    /// <param name="step">The task, of several.</param>
    /// <param name="gate">Its processes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="problem">Why there is no connection.</param>
    public static HubConnection? Join(SlurmJob step, IStepGate gate, TimeProvider time, out string problem)
    {
        problem = "there is no wrapper of the job (put cairn run around srun), or the job was submitted for one task (give sbatch --ntasks)";
        if (ControlAddress.Parse(ProgramVariables.Inherited(Variable)) is not { } address)
            return null;
        var greeting = Greeting.OfThisProcess(address.Token, step.WorldSize, step.Id, step.Step, step.Restarts);
        try
        {
            var connection = HubConnection.Open(address, greeting, step.Rank, gate, patience: TimeSpan.Zero, time, out var why);
            problem = $"the wrapper of the job is not reached: {why}";
            return connection;
        }
        catch (RankException error)
        {
            problem = error.Message;
            return null;
        }
    }

    private static bool IsMany(string? number) => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var many) && many > 1;
}
