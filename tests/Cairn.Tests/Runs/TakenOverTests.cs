using Cairn.Attempts;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>A later attempt has the folder while this one still goes on: wherever it notices, it ends in order and changes nothing.</summary>
public sealed class TakenOverTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(19)]
    [InlineData(null)] // in the last work
    public void It_ends_with_never_requeue_me_and_is_not_finished(int? when)
    {
        using var folder = new TemporaryFolder();
        int exitCode;
        var lastWork = false;
        using (var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.EverySteps(10), Logger = NullLogger.Instance }))
        {
            run.Track("model", TestPart.Model(1));
            foreach (var step in run.Steps(20))
                TakeOverAt(step);
            exitCode = run.Finish(() =>
            {
                lastWork = true;
                TakeOverAt(null);
            });
        }

        Assert.Equal(ExitCodes.NeverRequeue, exitCode);
        Assert.Equal(when is null, lastWork);
        var events = AttemptStory.ReadAll(folder.Path)[0].Events;
        Assert.Equal("superseded", Assert.IsType<AttemptEnded>(events[^1]).Outcome);
        Assert.Empty(events.OfType<Finished>());

        void TakeOverAt(long? step)
        {
            if (step == when)
                File.WriteAllText(AttemptFiles.Journal(folder.Path, 2), string.Empty);
        }
    }
}
