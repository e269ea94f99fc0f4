using Cairn.Attempts;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Tells once a minute of a save that takes much longer than any before it: a disk or a network that hangs says nothing itself.</summary>
internal sealed class SlowSaveReport(RunContext context, RunTimes times, RunSaver saver)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private (long Step, TimeSpan Elapsed) told;

    /// <summary>How long a save may take before it is told of. A pure decision.</summary>
    /// <param name="longest">The longest save so far; null when none was measured.</param>
    public static TimeSpan Patience(TimeSpan? longest) => longest * 3 is { } patience && patience > Minute ? patience : Minute;

    /// <summary>Looks.</summary>
    public void Check()
    {
        if (saver.Writing is not { } save || save.Elapsed < Patience(times.LongestSave))
            return;
        if (told.Step == save.Step && save.Elapsed >= told.Elapsed && save.Elapsed < told.Elapsed + Minute)
            return; // one of less than was told is another try
        told = (save.Step, save.Elapsed);
        context.Journal?.Write(new SaveSlow(context.Now, save.Step, save.Elapsed.TotalSeconds));
        context.Log.LogWarning(
            LogEvents.SaveIsSlow, "the save of step {Step} has been writing for {Elapsed}, {Usual}: the file system of {Folder} may hang. Until it ends nothing newer can be saved",
            save.Step, Duration.Words(save.Elapsed),
            times.LongestSave is { } longest ? new NumberedText($"where one took {Duration.Words(longest)} at most", ("Longest", Duration.Words(longest))) : "and it is the first", context.Folder);
    }
}
