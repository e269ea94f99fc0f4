using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>Whom <c>scancel --signal</c> reaches.</summary>
internal enum SignalScope
{
    /// <summary>The tasks of steps; the batch shell does not hear it.</summary>
    Tasks,

    /// <summary>--batch: the batch shell alone.</summary>
    BatchShell,

    /// <summary>--full: the batch shell with all its descendants, and the tasks.</summary>
    Everything,
}

/// <summary><c>scancel</c>: cancels the job, or with --signal sends a signal and leaves it running.</summary>
/// <param name="view">The job.</param>
/// <param name="send">Sends a signal to the processes of the attempt.</param>
/// <param name="killStep">Kills the tasks of a step; returns whether there are any.</param>
internal sealed class Scancel(JobView view, Action<SignalScope, int> send, Func<int, bool> killStep)
{
    private const string Imitated = "[--signal=X] [--batch | --full] [--name | --user | --me] ID[.STEP]";

    public Reply Run(Request request)
    {
        int? signal = null;
        var scope = SignalScope.Tasks;
        var named = false;
        var meant = true;
        int? step = null;
        var arguments = new ShortArguments(request.Arguments, flags: "bfQvi", valued: "snupt");
        while (arguments.Next())
        {
            switch (arguments.Name)
            {
                case "":
                    named = true;
                    if (arguments.Text.Split('.', 2) is [var ofJob, var ofStep])
                    {
                        // Of the other steps (batch, extern) 22.05 says the same.
                        if (!int.TryParse(ofStep, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) || !view.Is(ofJob))
                            return Reply.Failed($"scancel: error: Invalid job id {arguments.Text}");
                        step = parsed;
                        break;
                    }

                    if (!view.Is(arguments.Text))
                        return Reply.Failed($"scancel: error: Kill job error on job id {arguments.Text}: Invalid job id specified");
                    break;
                case "s" or "signal" when arguments.Value is not null:
                    if (!SignalNames.TryParse(arguments.Value, out var number))
                        return Reply.Failed($"scancel: error: Unknown job signal: {arguments.Value}");
                    signal = number;
                    break;
                case "b" or "batch":
                    scope = SignalScope.BatchShell;
                    break;
                case "f" or "full":
                    scope = SignalScope.Everything;
                    break;
                case "n" or "name" when arguments.Value is not null:
                    (named, meant) = (true, meant && arguments.Value == view.Options.JobName);
                    break;
                case "u" or "user" when arguments.Value is not null:
                    (named, meant) = (true, meant && arguments.Value == Environment.UserName);
                    break;
                case "me":
                    named = true;
                    break;
                case "Q" or "quiet" or "v" or "verbose":
                    break;
                default:
                    return Reply.Failed($"scancel: error: cairn local does not imitate {arguments.Text}; it knows {Imitated}");
            }
        }

        if (!named)
            return Reply.Failed("scancel: error: No job identification provided");
        if (!meant)
            return new(0);
        if (step is { } toKill)
        {
            if (signal is not (null or SignalNames.Kill))
                return Reply.Failed("scancel: error: cairn local does not imitate a signal to one step; send it to the job");
            return killStep(toKill) ? new(0) : Reply.Failed($"scancel: error: Kill job error on job step id {view.IdText}.{toKill}: Invalid job id specified");
        }

        if (signal is null or SignalNames.Kill)
            view.Job.Cancel(JobOutcome.CancelledCode, atOnce: signal is not null);
        else if (!view.Job.TakesSteps)
            return Reply.Failed($"scancel: error: Kill job error on job id {view.IdText}: Job is pending execution");
        else
            send(scope, signal.Value);
        return new(0);
    }
}
