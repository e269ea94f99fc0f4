using System.CommandLine;
using System.CommandLine.Parsing;
using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn run</c>.</summary>
internal static class RunCommand
{
    private const string Description =
        """
        Runs a program in a Slurm job: warns it before the end, in whatever way the end comes, and requeues the job.

        In a batch script, with the program as one process:
          #SBATCH --signal=B:USR2@120
          exec cairn run --checkpoint-dir ckpt -- python train.py
        with several tasks, one wrapper a job and a thin one a task:
          #SBATCH --signal=B:USR2@120
          exec cairn run --checkpoint-dir ckpt -- srun cairn run --task -- python train.py
        as the one task of a step:
          #SBATCH --signal=USR2@120
          srun cairn run -- python train.py
        and without Slurm, under cairn local or in a container:
          cairn run -- python train.py

        The program finds the warning ignored when it starts, and gets it as soon as it listens. It stops, and says by its exit
        code what is to follow:
          0     after a warning: requeue, unless the done file is there; without one: finished
          75    requeue me
          78    never requeue me
          else  it failed: not requeued, but for --requeue-crashes; what the limit or a preemption ended is requeued
        or, where a launcher as torchrun makes 1 of every code, by a file in CAIRN_SAYS_DIR (cairn.py does that).
        A cancelled job stays cancelled. A job that came to its limit, hung or stopped three times in a row without a new or
        changed file below --checkpoint-dir is not requeued again.

        It finds CAIRN_CHECKPOINT_DIR, CAIRN_ATTEMPT (from 1), CAIRN_REQUEUE=wrapper, CAIRN_STATUS (a JSON file: deadline,
        stop_requested, cause), CAIRN_DONE_FILE (to be made when the work is done). docs/run.md tells the rest.

        Exit codes:
          the program's own   it finished or failed (128 + N: by signal N); always with --task
          0    finished; or the requeue is done; or the next job of the chain goes on
          69   it is to be requeued, and could not be; the message says how to do it by hand
          75   the same, and another wrapper around this one does it
          78   not requeued again, for the job gets nowhere; or the program said so
          130  stopped by Ctrl-C         143  stopped and not to be requeued: cancelled, stop file, --no-requeue
          2    the command line is wrong, or the program cannot be started; nothing was run
        """;

    public static Command Create()
    {
        var options = new RunCommandOptions();
        var words = new Argument<string[]>("-- PROGRAM ARGS") { Description = "the program and its arguments", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("run", Description) { words };
        foreach (var option in options.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(words) ?? [];
            var afterDash = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
            return Run(options.Read(parsed, given[..^afterDash], given[^afterDash..]));
        });
        return command;
    }

    /// <summary>The usual way. Null when there is something to be told first: see <see cref="RunCommandOptions.ReadQuickly"/>.</summary>
    public static int? RunQuickly(string[] arguments)
    {
        const int needsTheParser = -1;
        var code = CommandLine.Told(() => new RunCommandOptions().ReadQuickly(arguments) is { } options ? Run(options) : needsTheParser);
        return code == needsTheParser ? null : code;
    }

    private static int Run(WrapperOptions options)
    {
        using var run = new WrapperRun(options, TimeProvider.System);
        return run.Run();
    }
}
