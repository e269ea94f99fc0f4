using System.Runtime.CompilerServices;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Runs;

namespace Cairn.Tests.Properties;

/// <summary>Where a program that is no user's takes hold of a run: a stop at a chosen instant, a commit that fails or stalls, a process that is taken for dead.</summary>
internal static class Seams
{
    /// <summary>What a warning signal does, at this very instant. A real one would be heard by every run of this process.</summary>
    public static void AskToStop(TrainingRun run) =>
        Context(run).Watch.Raise(new Interruption(InterruptionKind.Warning, TimeProvider.System.GetUtcNow(), "USR2 from a property test", "USR2"));

    /// <summary>Whether a save is being written, and nothing holds it up that only the program could do.</summary>
    public static bool IsWriting(TrainingRun run) => Saver(run) is { IsBusy: true, IsOverlapping: false };

    /// <summary>Whether a save copies what the optimizers change while the step goes on.</summary>
    public static bool IsOverlapping(TrainingRun run) => Saver(run).IsOverlapping;

    /// <summary>Goes around what the run does before it commits or deletes.</summary>
    public static void AroundCommit(TrainingRun run, Func<Action, Action> wrap)
    {
        ref var before = ref BeforeCommit(Context(run).Store);
        before = wrap(before);
    }

    /// <summary>
    /// Every attempt of these programs is one of this process, which lives. From now on the newest one's claim tells of a process
    /// that does not, as after a kill. The line keeps its length, for an attempt that lives all the same goes on behind it.
    /// </summary>
    public static void LetSeemDead(string folder, int attempt)
    {
        var path = AttemptFiles.Journal(folder, attempt);
        if (!File.Exists(path))
            return;
        using var journal = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var line = new byte[2000];
        var length = journal.Read(line);
        const string member = "\"start_ticks\":";
        var digit = line.AsSpan(0, length).IndexOf("\"start_ticks\":"u8) + member.Length;
        journal.Position = digit;
        journal.WriteByte((byte)(line[digit] == (byte)'9' ? '8' : '9'));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "context")]
    private static extern ref RunContext Context(TrainingRun run);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "saver")]
    private static extern ref RunSaver Saver(TrainingRun run);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<BeforeCommit>k__BackingField")]
    private static extern ref Action BeforeCommit(CheckpointStore store);
}
