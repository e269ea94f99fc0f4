// Saves until it is killed, a save fails, or there were enough: restores what is there, then counts on, a save a step.
// Arguments: the checkpoint directory; the attempt; the state's size in bytes; Synchronous or Asynchronous; how many saves. "asked"
// instead of a number is a save for each line on the standard input, until that ends; one that failed is tried again then.
// Says, a line each: "restored N" or "restored nothing"; "ready" when it waits to be asked; "refused" and why instead of restored; "durable N", or "failed" and why; and
// "warning" with what the store has to say besides.
// Or: the directory, the attempt, the size, "rank/ranks": one of several that save together (SharedLoop).
using System.Globalization;
using Cairn;
using Cairn.Checkpoints;

namespace SaveLoop;

internal static class Program
{
    public static int Run(string[] args)
    {
        if (args is [var folder, var number, var size, var place] && place.Split('/') is [var rank, var ranks])
        {
            SharedLoop.Run(folder, Number(number), Number(size), Number(rank), Number(ranks));
            return ExitCodes.Success;
        }

        var store = new CheckpointStore(args[0], new LineLogger(), TimeProvider.System);
        var origin = new CheckpointOrigin(Number(args[1]), "job", 1);
        var state = new CountedState(Number(args[2]));
        var parts = new Dictionary<string, ICheckpointPart> { ["state"] = state };
        var mode = Enum.Parse<SaveMode>(args[3]);
        var isAsked = args[4] == "asked";
        var saves = isAsked ? int.MaxValue : Number(args[4]);
        var metadata = new Dictionary<string, PartValue>();

        store.RemoveLeftovers();
        RestoreOutcome? restored;
        try
        {
            restored = store.Restore(parts);
        }
        catch (CairnException e)
        {
            Console.Out.WriteLine($"refused {e.GetType().Name} {e.Message}");
            return e.ExitCode;
        }

        if (restored is not null)
            state.CheckIsOf(restored.Step);
        Console.Out.WriteLine(restored is null ? "restored nothing" : $"restored {restored.Step}");

        for (var step = (restored?.Step ?? 0) + 1; saves > 0 && (!isAsked || IsAskedAgain()); saves--)
        {
            state.AdvanceTo(step);
            try
            {
                Save(step).Wait();
                step++;
            }
            catch (CheckpointWriteException e)
            {
                Console.Out.WriteLine($"failed {e.Message}");
                if (!isAsked)
                    return e.ExitCode;
            }
        }

        return ExitCodes.Success;

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

        static bool IsAskedAgain()
        {
            Console.Out.WriteLine("ready");
            return Console.In.ReadLine() is not null;
        }

        PendingSave Save(long step)
        {
            PendingSave save;
            if (mode == SaveMode.Synchronous)
            {
                save = store.Save(step, parts, origin, metadata);
                OnWritten(save);
                return save;
            }

            save = store.Begin(step, parts, origin, metadata, OnWritten);
            state.AdvanceTo(step + 1); // as training does: what is saved has to be the copy
            save.Join(Timeout.InfiniteTimeSpan);
            return save;
        }

        // As a run does it: on the thread that wrote, what retention gives up goes at once.
        void OnWritten(PendingSave save)
        {
            if (!save.Durable.IsCompletedSuccessfully)
                return;
            Console.Out.WriteLine($"durable {save.Step}");
            try
            {
                store.Prune(Retention.KeepLast(2));
            }
            catch (Exception e) when (e is CheckpointCorruptException or CheckpointReadException)
            {
                Console.Out.WriteLine($"warning {e.Message}");
            }
        }
    }
}
