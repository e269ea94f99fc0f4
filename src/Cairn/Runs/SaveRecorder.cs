using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Notices;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Records what came of a save, when it comes and by the thread that wrote: in the journal, the meter and the log. What retention
/// gives up for it goes at once.
/// </summary>
internal sealed class SaveRecorder(RunContext context, TrainingRunOptions options)
{
    private bool hasFailed; // the newest
    private long newest;

    /// <summary>
    /// A save is over. What a listener of the meter or retention throws here is kept with it, and comes up in the training loop, at the next boundary.
    /// </summary>
    public void Record(SaveInFlight save, PendingSave pending)
    {
        save.Taken.Task.Wait();
        save.Duration = save.Elapsed;
        save.Error = pending.Durable.Exception?.InnerException;
        try
        {
            if (save.Error is { } error)
                RecordFailure(save, pending.Step, error);
            else
                RecordSuccess(save, pending.Durable.Result);
        }
        catch (Exception error)
        {
            save.Error ??= error;
        }
    }

    private void RecordFailure(SaveInFlight save, long step, Exception error)
    {
        context.Measured.SaveFailed();
        context.Journal?.Write(new SaveFailed(context.Now, step, save.Reason, error.Message));
        if (!hasFailed)
            context.Notify(Notice.SaveFailed, step, newest, null, error.Message);
        hasFailed = true;
    }

    private void RecordSuccess(SaveInFlight save, SavedCheckpoint saved)
    {
        (hasFailed, newest) = (false, saved.Step);
        context.Measured.Saved(saved.Bytes, save.Duration);
        context.Metrics?.MakeDurable(); // what was reported up to that step is not done again
        context.Journal?.Write(new Saved(context.Now, saved.Step, save.Reason, saved.Bytes, save.Stall.TotalSeconds, save.Duration.TotalSeconds));
        context.Log.LogDebug(LogEvents.Saved, "saved step {Step}: {Size} in {Duration}", saved.Step, Bytes.Words(saved.Bytes), Duration.Words(save.Duration));

        // Where nothing was added nothing has become too many: so what goes always has this attempt's own in its place.
        if (!saved.AlreadyThere)
            Prune();
    }

    private void Prune()
    {
        try
        {
            var pruned = context.Store.Prune(options.Keep);
            if (pruned.Count > 0)
                context.Journal?.Write(new Pruned(context.Now, [.. pruned.Select(checkpoint => checkpoint.Step)]));
        }
        catch (Exception error) when (error is CheckpointReadException or IOException or UnauthorizedAccessException)
        {
            context.Log.LogWarning(LogEvents.CheckpointNotPruned, "an old checkpoint could not be removed: {Error}", error.Message);
        }
        catch (SupersededException)
        {
            // A later attempt claimed the folder right after this commit: what to keep is its business now.
        }
    }
}
