using System.CommandLine;
using System.CommandLine.Parsing;
using Cairn.Cli.LocalScheduler;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn local</c>.</summary>
internal static class LocalCommand
{
    public const string Name = "local";

    private const string Description =
        """
        One machine stands in for Slurm: limit, warning, kill, requeue, with the same signals, variables and commands.

        Examples:
          cairn local --time 20s --signal USR2@8s -- python train.py
          cairn local --time 10m --preempt-after 2m --grace 30s -- python train.py
          cairn local --form exec --time 30s --signal B:USR2@10s -- ./train
          cairn local --array-task 3 job.sh   one element of a job array
          cairn local --ntasks 2 --output train.log -- python train.py
          cairn local --nodes 2 --ntasks 4 -- python train.py
          cairn local job.sh                  a batch script, with its #SBATCH lines and a working srun
          cairn local --rehearse 1m job.sh    one for twelve hours as it is, in three attempts of a minute each
          cairn local job.sh -- ARGS          the same with arguments for the script

        Who hears what (as on a cluster with proctrack/cgroup):
          form        --signal=USR2   --signal=B:USR2   limit                  preemption begins   grace ends
          srun        CONT USR2       -                 CONT TERM, then KILL   CONT TERM           CONT TERM, then KILL
          exec        -               CONT USR2         CONT TERM, then KILL   -                   CONT TERM, then KILL
          child       -               - (shell dies)    - killed at once       -                   - killed at once
          task-child  -               -                 - killed               -                   - killed

        A preemption with --preempt-signal begins with the job's own --signal instead. A requeue, a cancel, a failed node
        and a preemption without a grace ask all (CONT TERM, as at the limit) and kill after --kill-wait.
        The job's id is the process id of cairn local: kill -USR1 ID preempts the attempt now.

        Inside, and by their path from any other terminal (the first line names it), work: scontrol (show job|step|
        partition|config|hostnames, requeue, suspend, resume, update of the job, update nodename=NODE state=down reason=WHY,
        write batch_script), squeue, scancel (JOB or JOB.STEP), srun.

        Not imitated: several elements of an array at once, heterogeneous jobs, what lies between nodes (--nodes plays them
        on this machine), processes that outlive their failed node, interactive allocations, gang scheduling, a job that is held,
        or requeued while it is suspended or after its end, a controller that does not answer, sbatch, sacct; Slurm's coarse
        clock (here the limit and the warning come on time) and its rights (an operator's commands work for the user too).

        Exit codes:
          the program's own    it ended by itself (128 + N: by signal N); with several tasks the highest
          124  killed at the limit and not requeued      130  cancelled by Ctrl-C
          143  cancelled (scancel, TERM); or preempted, or failed with its node, and not requeued
          75   would be requeued, but --max-attempts is reached; in a rehearsal that is what was wanted, and 0
          2    the command line, the script or the program is wrong; nothing was run
          69   a log or the report could not be written
        As under Slurm every code of the program but 0 is a failure and ends the job, 75 too.
        """;

    public static Command Create()
    {
        var options = new LocalCommandOptions();
        var words = new Argument<string[]>("SCRIPT | -- PROGRAM ARGS")
        {
            Description = "a batch script; or, after --, a program and its arguments",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(Name, Description) { words };
        foreach (var option in options.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(words) ?? [];
            var afterDash = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
            using var cluster = new LocalCluster(
                options.Read(parsed, given[..^afterDash], given[^afterDash..]), Self.Command, TimeProvider.System);
            return cluster.Run();
        });
        return command;
    }
}
