using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

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
internal sealed class Scancel(JobView view)
{
    private const string Imitated = "[--signal=X] [--batch | --full] [--name | --user | --me] ID[.STEP]";

    // Exit codes as they were seen on 22.05.
    private const int NoSuchStep = 225;
    private const int TryLater = 228;

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

                    // Of a job that it does not know scancel says nothing.
                    meant &= view.Is(arguments.Text);
                    break;
                case "s" or "signal" when arguments.Value is not null:
                    if (!SlurmSignals.TryParse(arguments.Value, out var number))
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
        if (step is not null)
            return SendToStep(step.Value, signal ?? SignalName.Kill);
        // KILL to a job is its cancellation, with TERM first.
        if (signal is null or SignalName.Kill && scope != SignalScope.BatchShell)
            view.Job.Cancel(JobOutcome.CancelledCode);
        else if (view.Job.State is JobState.Running or JobState.Suspended)
            view.Processes()?.Send(scope, signal ?? SignalName.Kill);
        else
            return new(TryLater, "", $"scancel: error: Kill job error on job id {view.Id}: Job can not be altered now, try again later\n");
        return new(0);
    }

    private Reply SendToStep(int step, int signal) =>
        view.Processes()?.SendToStep(step, signal) == true
            ? new(0)
            : new(NoSuchStep, "", $"scancel: error: Kill job error on job step id {view.Id}.{step}: Invalid job id specified\n");
}
