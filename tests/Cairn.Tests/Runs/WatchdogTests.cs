using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Runs;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>What is seen of a run between its boundaries. What a forced stop does is in the tests of the requeue.</summary>
public class WatchdogTests
{
    [Theory]
    [InlineData(0, 0, 10, 600)]
    [InlineData(1, 1, 10, 60)]
    [InlineData(30, 30, 10, 300)]
    [InlineData(30, 30, 2, 60)]
    [InlineData(31, 31, 2, 62)]
    [InlineData(1, 600, 10, 1200)]
    [InlineData(0, 600, 10, 1200)]
    [InlineData(300, 600, 10, 3000)]
    public void A_step_hangs_after_a_multiple_of_the_longest_one_and_never_before_twice_the_longest_known(double longest, double known, double factor, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), HangReport.Patience(TimeSpan.FromSeconds(longest), TimeSpan.FromSeconds(known), factor));

    [Theory]
    [InlineData(null, 60)]
    [InlineData(5.0, 60)]
    [InlineData(30.0, 90)]
    public void A_save_is_slow_after_three_times_the_longest_one(double? longest, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), SlowSaveReport.Patience(longest is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

    [Fact]
    public void A_step_that_hangs_is_told_of_with_what_is_known_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        var log = new ListLogger();
        using var run = TrainingRun.Open(folder.Path, new() { Time = new FastTime(100), Logger = log });
        run.Track("model", TestPart.Model(1));
        foreach (var step in run.Steps(10))
        {
            if (step == 7)
                Assert.True(SpinWait.SpinUntil(() => Events().OfType<Hang>().Any(), TimeSpan.FromMinutes(2)));
        }

        Assert.Equal(0, run.Finish());
        var hang = Events().OfType<Hang>().First();
        Assert.Equal(7, hang.Step);
        Assert.InRange(hang.Seconds, 60, double.MaxValue);
        Assert.Contains("of CPU time in it, its main thread", hang.Detail, StringComparison.Ordinal);
        Assert.Contains(log.Messages, line => line.Contains("after step 7", StringComparison.Ordinal) && line.Contains("dotnet-stack report --process-id", StringComparison.Ordinal));

        IReadOnlyList<JournalEvent> Events() => AttemptStory.ReadAll(folder.Path).Single().Events;
    }

    [Fact]
    public void A_save_that_hangs_is_told_of()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.EverySteps(5), Time = new FastTime(100), Logger = NullLogger.Instance, Keep = new Retaining(() => SpinWait.SpinUntil(IsTold, TimeSpan.FromMinutes(2))) });
        run.Track("model", TestPart.Model(1));
        foreach (var step in run.Steps(10))
            Assert.True(step < 5 || SpinWait.SpinUntil(IsTold, TimeSpan.FromMinutes(2)));
        Assert.Equal(0, run.Finish());

        bool IsTold() => AttemptStory.ReadAll(folder.Path).Single().Events.OfType<SaveSlow>().Any(slow => slow.Step == 5);
    }

    [Fact]
    public void A_save_of_ones_own_that_takes_long_is_no_step_that_hangs()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.Never, SaveMode = SaveMode.Synchronous, Time = new FastTime(100), Logger = NullLogger.Instance });
        var part = new SlowPart();
        run.Track("slow", part);
        run.Restore();
        for (var step = 1; step <= 12; step++)
            Assert.True(run.Boundary(step));
        part.OnDescribe = () => Assert.True(SpinWait.SpinUntil(() => Events().OfType<SaveSlow>().Any(slow => slow.Seconds > 180), TimeSpan.FromMinutes(2)));
        run.Save(13).Wait();
        part.OnDescribe = () => { };
        Assert.Equal(0, run.Finish());
        Assert.Empty(Events().OfType<Hang>());

        IReadOnlyList<JournalEvent> Events() => AttemptStory.ReadAll(folder.Path).Single().Events;
    }

    [Fact]
    public void A_factor_that_every_step_exceeds_is_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingRunOptions { HangFactor = 1 });
        Assert.Contains("more than 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_retention_of_ones_own_throws_comes_up_in_the_training_loop()
    {
        using var folder = new TemporaryFolder();
        using var run = TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.EverySteps(5), Logger = NullLogger.Instance, Keep = new Retaining(() => throw new InvalidOperationException("a mistake")) });
        run.Track("model", TestPart.Model(1));
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var step in run.Steps(10))
                Thread.Sleep(1);
        });
        Assert.Equal("a mistake", error.Message);
    }

    private sealed class SlowPart : ICheckpointPart
    {
        public Action OnDescribe { get; set; } = () => { };

        public PartState Describe()
        {
            OnDescribe();
            return new() { Values = new Dictionary<string, PartValue> { ["one"] = PartValue.From(1) } };
        }

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved)
        {
        }
    }

    private sealed class Retaining(Action act) : RetentionPolicy
    {
        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst)
        {
            act();
            return newestFirst.Select(checkpoint => checkpoint.Step);
        }
    }
}
