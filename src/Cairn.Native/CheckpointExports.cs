using System.Runtime.InteropServices;
using Cairn.Checkpoints;
using Cairn.Runs;
using static Cairn.Native.Errors;

namespace Cairn.Native;

/// <summary>The functions of cairn.h that read checkpoints without a run.</summary>
internal static unsafe class CheckpointExports
{
    [ThreadStatic]
    private static Arena? listed;

    [ThreadStatic]
    private static Arena? looked;

    [ThreadStatic]
    private static Arena? loaded;

    [UnmanagedCallersOnly(EntryPoint = "cairn_list")]
    public static int List(byte* folder, NativeCheckpoint** found, nuint* count) => Guard(() =>
    {
        var all = Checkpoint.List(Texts.Of(folder, "the folder"));
        var arena = Anew(ref listed);
        var table = (NativeCheckpoint*)arena.Take(all.Count * sizeof(NativeCheckpoint));
        for (var i = 0; i < all.Count; i++)
            table[i] = Tell(all[i], arena);
        *found = table;
        *count = (nuint)all.Count;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_open_checkpoint")]
    public static int Open(byte* source, byte** options, nint* checkpoint) => Guard(() =>
    {
        *checkpoint = OpenedSource.All.Add(new OpenedSource(SourceOptions.Read(Texts.List(options, "an option")).From(Texts.Of(source, "the source"))));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_close_checkpoint")]
    public static int Close(nint checkpoint) => Guard(() =>
    {
        var open = OpenedSource.All.Of(checkpoint);
        OpenedSource.All.Remove(checkpoint);
        open.Dispose();
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_look_checkpoint")]
    public static int Look(nint checkpoint, NativeCheckpoint* info) => Guard(() =>
    {
        *info = Tell(OpenedSource.All.Of(checkpoint).Info, Anew(ref looked));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_saved_part")]
    public static int Part(nint checkpoint, byte* part, int rank, NativeSaved* saved) => Guard(() =>
    {
        *saved = OpenedSource.All.Of(checkpoint).Part(Texts.Of(part, "the part's name"), rank < 0 ? null : rank).Native;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_load")]
    public static int Load(nint checkpoint, byte** names, NativePart* parts, nuint count, int rank, NativeNames* choice, byte** words) => Guard(() =>
    {
        var open = OpenedSource.All.Of(checkpoint);
        var targets = new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal);
        for (nuint i = 0; i < count; i++)
        {
            var name = Texts.Of(names[i], "the part's name");
            if (!targets.TryAdd(name, new TrackedPart(name, new HostPart(name, parts[i]))))
                throw new ArgumentException($"part '{name}' is named twice");
        }

        var said = rank >= 0 ? open.Load(targets, rank) : open.Load(targets, SavedNames.Set(new StartFrom(open.Info.Path, [.. targets.Keys]), choice));
        if (words is not null)
            *words = Anew(ref loaded).Take(said);
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_export")]
    public static int Export(nint checkpoint, byte* part, byte* path) => Guard(() =>
    {
        OpenedSource.All.Of(checkpoint).Export(Texts.Of(part, "the part's name"), Texts.Of(path, "the file"));
        return Ok;
    });

    // What was told before on this thread goes.
    private static Arena Anew(ref Arena? place)
    {
        place?.Dispose();
        return place = new Arena();
    }

    private static NativeCheckpoint Tell(CheckpointInfo one, Arena arena)
    {
        var metrics = (NativeValue*)arena.Take(one.Metrics.Count * sizeof(NativeValue));
        var count = 0;
        foreach (var (name, value) in one.Metrics)
            metrics[count++] = arena.Take(name, PartValue.From((double?)value));
        var parts = (byte**)arena.Take(one.Parts.Count * sizeof(byte*));
        for (var i = 0; i < one.Parts.Count; i++)
            parts[i] = arena.Take(one.Parts[i]);
        return new()
        {
            Step = one.Step,
            Bytes = one.Bytes,
            SavedAt = one.SavedAt is { } time ? time.ToUnixTimeMilliseconds() / 1000.0 : 0,
            Path = arena.Take(one.Path),
            Problem = one.Problem is null ? null : arena.Take(one.Problem),
            Metrics = metrics,
            MetricCount = (nuint)count,
            Parts = parts,
            PartCount = (nuint)one.Parts.Count,
        };
    }
}
