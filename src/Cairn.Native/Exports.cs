using System.Runtime.InteropServices;
using static Cairn.Native.Errors;

namespace Cairn.Native;

/// <summary>The functions of cairn.h, where each is described.</summary>
internal static unsafe class Exports
{
    private const int Abi = 1;

    [ThreadStatic]
    private static byte* version;

    [ThreadStatic]
    private static byte* folder;

    [ThreadStatic]
    private static byte* reason;

    [UnmanagedCallersOnly(EntryPoint = "cairn_abi")]
    public static int GetAbi() => Abi;

    [UnmanagedCallersOnly(EntryPoint = "cairn_version")]
    public static byte* Version() => Show(CairnVersion.Text, ref version);

    [UnmanagedCallersOnly(EntryPoint = "cairn_error")]
    public static byte* Error() => Text();

    [UnmanagedCallersOnly(EntryPoint = "cairn_error_exit_code")]
    public static int ErrorExitCode() => ExitCode;

    [UnmanagedCallersOnly(EntryPoint = "cairn_open")]
    public static int Open(byte* directory, byte** options, nint* run) => Guard(() =>
    {
        if (run is null)
            throw new ArgumentException("the place for the run is NULL");
        *run = OpenRun.All.Add(new OpenRun(TrainingRun.Open(Texts.OrNull(directory), RunOptions.Read(Texts.List(options, "an option")))));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_close")]
    public static int Close(nint run, int* exitCode) => Guard(() =>
    {
        var open = OpenRun.All.Of(run);
        Environment.ExitCode = ExitCodes.Success;
        try
        {
            open.Run.Dispose();
        }
        finally
        {
            OpenRun.All.Remove(run);
        }

        if (exitCode is not null)
            *exitCode = Environment.ExitCode;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_look")]
    public static int Look(nint run, NativeInfo* info) => Guard(() =>
    {
        var open = OpenRun.All.Of(run).Run;
        *info = new()
        {
            StepsDone = open.StepsDone,
            Deadline = open.Deadline is { } end ? end.ToUnixTimeMilliseconds() / 1000.0 : 0,
            Attempt = open.Attempt,
            Rank = open.Rank,
            WorldSize = open.WorldSize,
            FinishedBefore = open.AlreadyFinished ? 1 : 0,
            StepsSaved = open.StepsSaved,
            IsCopying = open.IsCopying ? 1 : 0,
        };
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_folder")]
    public static byte* Folder(nint run)
    {
        byte* shown = null;
        Guard(() =>
        {
            shown = Show(OpenRun.All.Of(run).Run.Directory, ref folder);
            return Ok;
        });
        return shown;
    }

    [UnmanagedCallersOnly(EntryPoint = "cairn_start_from")]
    public static int StartFrom(nint run, byte* source, byte** options, NativeNames* names) => Guard(() =>
    {
        var from = SourceOptions.Read(Texts.List(options, "an option")).From(Texts.Of(source, "the source"));
        OpenRun.All.Of(run).Run.BeginWith(SavedNames.Set(from, names));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_track")]
    public static int Track(nint run, byte* name, NativeTensor* tensors, nuint count) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.Track(Texts.Of(name, "the part's name"), new TensorsPart(HostTensor.Read(tensors, count)));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_track_part")]
    public static int TrackPart(nint run, byte* name, NativePart* part) => Guard(() =>
    {
        if (part is null || part->Describe is null || part->Differences is null || part->Restore is null)
            throw new ArgumentException("the part, or one of its functions, is NULL");
        var called = Texts.Of(name, "the part's name");
        var open = OpenRun.All.Of(run).Run;
        if (part->Ranks == NativeRanks.Own)
            open.TrackPerRank(called, new HostPart(called, *part));
        else
            open.Track(called, part->Ranks switch
            {
                NativeRanks.MayDiffer => new HostPartByRank(called, *part),
                NativeRanks.OwnOrFirst => new HostPartOfEach(called, *part, open.Rank),
                _ => new HostPart(called, *part),
            });
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_on_memory")]
    public static int OnMemory(nint run, delegate* unmanaged<void*, void*, long, int, int> function, void* host) => Guard(() =>
    {
        if (function is null)
            throw new ArgumentException("the function is NULL");
        OpenRun.All.Of(run).Run.OnMemory((memory, count, comes) => function(host, (void*)memory, count, comes ? 1 : 0) == 0);
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_difference")]
    public static int Difference(NativeSaved* saved, byte* text) => Guard(() =>
    {
        SavedTable.Of(saved).Differences.Add(Texts.Of(text, "the difference"));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_read")]
    public static int Read(NativeSaved* saved, NativeTensor* targets, nuint count) => Guard(() =>
    {
        SavedTable.Of(saved).Read(targets, count);
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_fail")]
    public static void Fail(byte* text) => HostFails(Texts.OrNull(text) ?? "it failed");

    [UnmanagedCallersOnly(EntryPoint = "cairn_steps")]
    public static int Steps(nint run, long count) => Guard(() =>
    {
        var open = OpenRun.All.Of(run);
        if (open.Steps is not null)
            throw new InvalidOperationException("a run has its steps once");
        open.Steps = open.Run.Steps(count).GetEnumerator();
        return Ok;
    });

    // Every step comes here, so nothing is made for it.
    [UnmanagedCallersOnly(EntryPoint = "cairn_next")]
    public static int Next(nint run, long* step)
    {
        if (IsForked(out var code))
            return code;
        try
        {
            var steps = OpenRun.All.Of(run).Steps ?? throw new InvalidOperationException("cairn_steps() must come before cairn_next()");
            if (!steps.MoveNext())
                return Ok;
            if (step is not null)
                *step = steps.Current;
            return Step;
        }
        catch (Exception error)
        {
            return Keep(error);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "cairn_leave")]
    public static int Leave(nint run) => Guard(() =>
    {
        OpenRun.All.Of(run).Steps?.Dispose();
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_restore")]
    public static int Restore(nint run, long* stepsDone) => Guard(() =>
    {
        var done = OpenRun.All.Of(run).Run.Restore();
        if (stepsDone is not null)
            *stepsDone = done;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_boundary")]
    public static int Boundary(nint run, long stepsDone, int last, int* goOn) => Guard(() =>
    {
        var answer = OpenRun.All.Of(run).Run.Boundary(stepsDone, last != 0);
        if (goOn is not null)
            *goOn = answer ? 1 : 0;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_save")]
    public static int Save(nint run, long stepsDone, int wait) => Guard(() =>
    {
        var save = OpenRun.All.Of(run).Run.Save(stepsDone);
        if (wait != 0)
        {
            save.Wait();
            save.Join(TimeSpan.FromMinutes(1)); // then older ones are given up, and it counts as saved
        }

        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_report")]
    public static int Report(nint run, byte* metric, double value) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.Report(Texts.Of(metric, "the metric's name"), value);
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_save_at_boundary")]
    public static int SaveAtBoundary(nint run) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.SaveAtBoundary();
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_before_optimizer_step")]
    public static int BeforeOptimizerStep(nint run) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.BeforeOptimizerStep();
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_complete")]
    public static int Complete(nint run) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.Complete();
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_stop_requested")]
    public static int StopRequested(nint run, int* answer) => Guard(() =>
    {
        *answer = OpenRun.All.Of(run).Run.StopRequested ? 1 : 0;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_stop_reason")]
    public static byte* StopReason(nint run)
    {
        byte* shown = null;
        Guard(() =>
        {
            if (OpenRun.All.Of(run).Run.Interruption is { } stop)
                shown = Show(stop.Description, ref reason);
            return Ok;
        });
        return shown;
    }

    [UnmanagedCallersOnly(EntryPoint = "cairn_request_stop")]
    public static int RequestStop(nint run, byte* reason) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.RequestStop(Texts.Of(reason, "the reason"));
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_signal")]
    public static int Signal(nint run, int signal) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.HostGot(signal);
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_finish")]
    public static int Finish(nint run, delegate* unmanaged<void*, int> lastWork, void* host, NativeOutcome* outcome) => Guard(() =>
    {
        var ended = OpenRun.All.Of(run).Run.Finish(lastWork is null ? null : () =>
        {
            if (lastWork(host) != 0)
                throw new HostException(TakeHostsWords("the last work failed"));
        });
        if (outcome is not null)
            *outcome = new() { Kind = (int)ended.Kind, ExitCode = ended.ExitCode };
        return Ok;
    });
}
