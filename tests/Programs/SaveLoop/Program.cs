using System.Globalization;
using Cairn;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;
using SaveLoop;

// Saves in a loop until it is killed, a save fails, or there were enough: restores what is there, then counts on, saving after every step.
// Says "restored N" (or "restored nothing"), then "durable N" after each save, or "failed" and why, a line each.
// Arguments: the checkpoint directory; the attempt; the state's size in bytes; how many saves (without end when left out).
var store = new CheckpointStore(args[0], NullLogger.Instance, TimeProvider.System);
var attempt = int.Parse(args[1], CultureInfo.InvariantCulture);
var state = new CountedState(int.Parse(args[2], CultureInfo.InvariantCulture));
var parts = new Dictionary<string, ICheckpointPart> { ["state"] = state };
var saves = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : int.MaxValue;
var metadata = new Dictionary<string, PartValue>();

store.RemoveLeftovers();
var restored = store.Restore(parts);
if (restored is not null)
    state.CheckIsOf(restored.Step);
Console.Out.WriteLine(restored is null ? "restored nothing" : $"restored {restored.Step}");

for (var step = (restored?.Step ?? 0) + 1; saves > 0; step++, saves--)
{
    state.AdvanceTo(step);
    try
    {
        store.Save(step, parts, new CheckpointOrigin(attempt, "job", 1), metadata).Wait();
    }
    catch (CheckpointWriteException e)
    {
        Console.Out.WriteLine($"failed {e.Message}");
        return e.ExitCode;
    }

    Console.Out.WriteLine($"durable {step}");
    store.Prune(Retention.KeepLast(2));
}

return ExitCodes.Success;
