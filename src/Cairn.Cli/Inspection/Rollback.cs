using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Posix;
using Cairn.Runs;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Cli.Inspection;

/// <summary>The way back to an older step: what is newer is moved aside. An attempt of its own does it, so that nobody else writes meanwhile.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="To">The checkpoint to go back to.</param>
/// <param name="Newer">Those that are moved, the newest first.</param>
internal sealed record Rollback(string Folder, CheckpointEntry To, IReadOnlyList<CheckpointEntry> Newer)
{
    /// <summary>How its attempt ends, in the journal.</summary>
    public const string Outcome = "rolled-back";

    /// <summary>The steps that are moved.</summary>
    public string InWords => $"the checkpoint{(Newer.Count == 1 ? "" : "s")} of step {string.Join(", ", Newer.Reverse().Select(entry => entry.Step))}";

    /// <summary>Looks what there is, and whether a run could go on from that checkpoint.</summary>
    /// <exception cref="CheckpointCorruptException">It is damaged, or of another line of training.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now.</exception>
    public static Rollback Plan(string folder, CheckpointEntry to, TimeProvider time)
    {
        var inventory = Inventory.Of(folder, time);
        using (var checkpoint = OpenCheckpoint.Open(to))
        {
            if (checkpoint.FindFaults() is [var fault, ..])
                throw new CheckpointCorruptException(to.Path, fault.File, fault.Problem);
        }

        // What is moved does not count any more: only older ones of a later attempt can still make this one another line.
        CheckpointId[] stay = [.. inventory.Checkpoints.Where(one => one.Entry.Step <= to.Step).Select(one => one.Says).OfType<RecordSummary>().Select(says => says.Id)];
        var lineage = Lineage.Of(stay, attempt => inventory.ResumedFrom.GetValueOrDefault(attempt));
        if (Array.Find(stay, id => id.Step == to.Step) is var own && lineage.WhyNot(own) is { } why)
            throw new CheckpointCorruptException(to.Path, file: null, why);
        return new(folder, to, [.. inventory.Checkpoints.Select(one => one.Entry).Where(entry => entry.Step > to.Step)]);
    }

    /// <summary>Claims the folder and moves them, the newest first: cut at any instant, the folder is one that a run could have left.</summary>
    /// <returns>What was moved where, by name, as it happens.</returns>
    /// <exception cref="FolderInUseException">Somebody is writing to it.</exception>
    /// <exception cref="SupersededException">A later attempt has begun meanwhile.</exception>
    public IEnumerable<(string From, string Aside)> Do(SlurmJob? job, ILogger log)
    {
        var time = TimeProvider.System;
        RunFolder.Make(Folder, time, log);
        using var claim = RunFolder.Claim(Folder, job, RankPlace.Of(job), control: null, time, log);
        var began = time.GetTimestamp();

        // First of all: from here on an end of the run beyond this step counts no more.
        claim.Journal.Write(new Resumed(time.GetUtcNow(), To.Step, Path.GetFileName(To.Path), 0, 0, [], [], Deadline: null));
        claim.Journal.MakeDurable();
        foreach (var entry in Newer)
        {
            claim.ThrowIfSuperseded();
            var aside = Enumerable.Range(1, int.MaxValue).Select(number => CheckpointNames.Aside(entry.Step, number)).First(name => !Path.Exists(Path.Combine(Folder, name)));
            PosixDirectory.Rename(entry.Path, Path.Combine(Folder, aside));
            yield return (Path.GetFileName(entry.Path), aside);
        }

        PosixDirectory.SyncPath(Folder);
        claim.Journal.Write(new AttemptEnded(time.GetUtcNow(), Outcome, To.Step, ExitCode: 0, time.GetElapsedTime(began).TotalSeconds));
        claim.Journal.MakeDurable();
    }
}
