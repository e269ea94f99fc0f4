using System.Globalization;
using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>The checkpoint folder and the file system that it is on.</summary>
internal static class FolderChecks
{
    private const string ShareIt = "Put the folder on a file system that all nodes share.";

    // Two are always kept, and the next is whole before the oldest goes.
    private const int Kept = 3;

    private const long Little = 1_000_000_000;
    private const double Slow = 50e6;

    /// <summary>Is the checkpoint folder there, or can it be made, and can it be written?</summary>
    public static IEnumerable<Diagnosis> Writable(Patient patient)
    {
        var folder = patient.Folder;
        if (folder.Problem is { } problem)
            yield return new("folder", Verdict.Error, $"{folder.Path} cannot be {(folder.Exists ? "written" : "made")}: {problem}.", "Choose another folder (--checkpoint-dir, CAIRN_CHECKPOINT_DIR), or see to its rights and its disk.");
        else if (folder.Exists)
            yield return new("folder", Verdict.Ok, $"{folder.Path} is there and can be written.");
        else
            yield return new("folder", Verdict.Note, $"{folder.Path} is not there yet; it can be made in {folder.Tried}, where the rest was tried out.");
    }

    /// <summary>Does the next attempt, perhaps on another node, find the checkpoints?</summary>
    public static IEnumerable<Diagnosis> Shared(Patient patient)
    {
        if (patient.Folder.Kind is not { } kind)
            yield break;
        var inJob = patient.Job is not null;
        yield return kind.Storage switch
        {
            Storage.Shared => new("shared", Verdict.Ok, $"{kind.Name}: a file system that nodes share."),
            Storage.Memory => new("shared", inJob ? Verdict.Error : Verdict.Warning, $"{kind.Name}: it is in this machine's memory. The checkpoints are gone with the job's memory, or when the machine starts anew.", ShareIt),
            Storage.Local when inJob => new("shared", Verdict.Warning, $"{kind.Name}, a disk of this node: the next attempt, on another node or after this one was cleaned, does not find the checkpoints.", $"{ShareIt} On a cluster of one machine it is well."),
            Storage.Local => new("shared", Verdict.Note, $"{kind.Name}, a disk of this machine: well for runs on this machine alone."),
            _ => new("shared", Verdict.Note, $"{kind.Name}: whether other nodes have it, nobody can tell from here."),
        };
    }

    /// <summary>Is there space for the next checkpoints? A quota is not seen.</summary>
    public static IEnumerable<Diagnosis> Space(Patient patient)
    {
        if (patient.Folder.FreeBytes is not { } free)
            yield break;
        var says = $"{Bytes.Words(free)} free{(patient.Folder.CheckpointBytes is { } size ? $"; the newest checkpoint has {Bytes.Words(size)}" : "")}. A quota may leave less.";
        const string advice = "Free some space (cairn prune), or choose another folder.";
        yield return patient.Folder.CheckpointBytes is { } bytes
            ? free < bytes ? new("space", Verdict.Error, says + " The next one has no room.", advice)
                : new("space", free / Kept < bytes ? Verdict.Warning : Verdict.Ok, says, free / Kept < bytes ? advice : null)
            : new("space", free < Little ? Verdict.Warning : Verdict.Ok, says, free < Little ? advice : null);
    }

    /// <summary>What the file system can do, as it was tried out.</summary>
    public static IEnumerable<Diagnosis> FileSystem(Patient patient)
    {
        if (patient.Folder.Abilities is not { } can)
            yield break;
        yield return can.Rename
            ? new("rename", Verdict.Ok, "a directory is renamed as a whole: that is what commits a checkpoint.")
            : new("rename", Verdict.Error, "a directory cannot be renamed: no checkpoint can be committed.", "Choose a folder on another file system.");
        yield return can.DirectIo
            ? new("direct I/O", Verdict.Ok, "taken: a save goes past the page cache.")
            : new("direct I/O", Verdict.Note, "not taken: saves go through the page cache, more slowly.");
        yield return can.HardLinks
            ? new("hard links", Verdict.Ok, "taken: what did not change costs no space.")
            : new("hard links", Verdict.Note, "not taken: what did not change is written anew with every checkpoint.");
        yield return can.Locks
            ? new("flock", Verdict.Ok, "taken: what a dead writer left behind is known at once.")
            : new("flock", Verdict.Note, "not taken: what a dead writer left behind is removed after an hour.");
    }

    /// <summary>Over how many servers Lustre spreads what several ranks write into one file.</summary>
    public static IEnumerable<Diagnosis> Stripes(Patient patient)
    {
        if (patient.Folder.Stripes is not { } stripes)
            yield break;
        yield return stripes is 0 or 1
            ? new("stripes", Verdict.Note, "Lustre keeps each new file here on one server: what several ranks write into one file goes through that one.", "For several ranks: OneWriterPerFile of the options, so that each file has one writer and files spread; or lfs setstripe -c -1 for the folder.")
            : new("stripes", Verdict.Ok, $"Lustre spreads each new file here over {(stripes < 0 ? "all" : stripes.ToString(CultureInfo.InvariantCulture))} servers.");
    }

    /// <summary>How fast the folder is, and what a save will take then.</summary>
    public static IEnumerable<Diagnosis> Speed(Patient patient)
    {
        if (patient.Folder.Speed is not { } speed)
            yield break;
        var says = $"{Bytes.Words(speed.Bytes)} written and synced at {Rate(speed.WriteRate)}, read at {Rate(speed.ReadRate)}{(speed.PastCache ? "" : " (perhaps from memory)")}, by one thread.";
        if (patient.Folder.CheckpointBytes is { } bytes)
            says += $" The newest checkpoint's {Bytes.Words(bytes)} take {Duration.Words(TimeSpan.FromSeconds(Math.Min(bytes / speed.WriteRate, 1e9)))} then.";
        yield return speed.WriteRate >= Slow
            ? new("speed", Verdict.Ok, says)
            : new("speed", Verdict.Warning, says, "Have the warning come early enough for a step and a save (--signal=USR2@SECONDS), or choose a faster file system.");
    }

    private static string Rate(double bytesPerSecond) => $"{Bytes.Words((long)bytesPerSecond)}/s";
}
