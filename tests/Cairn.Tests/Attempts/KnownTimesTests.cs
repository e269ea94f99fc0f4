using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

public class KnownTimesTests
{
    private const long Size = 1_000_000_000;
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static AttemptStory Attempt(int number, int worldSize, params JournalEvent[] events) => new(
        number,
        $"{number}",
        [new AttemptStarted(Now, number, "17", number - 1, null, worldSize, new ProcessIdentity("n1", "boot", 42, 7), "train", "0.1.0"), .. events]);

    private static Progress Steps(long count, double mean, double deviation, double longest) => new(Now, count, count, mean, deviation, longest, null);

    private static Saved Save(double stall, double whole, long bytes = Size) => new(Now, 10, "schedule", bytes, stall, whole);

    [Fact]
    public void Steps_and_saves_of_earlier_attempts_are_known_with_their_spread()
    {
        var known = KnownTimes.Of(
            [
                Attempt(1, 1, Steps(10, 1, 0, 1), Save(0.5, 4)),
                Attempt(2, 1, Steps(30, 2, 0, 2), Save(0.7, 6), Save(0.6, 8)),
            ],
            1,
            Size);
        Assert.Equal((40, 1.75, 2), (known.Steps.Count, known.Steps.Mean, known.Steps.Longest));
        Assert.Equal(Math.Sqrt(0.1875), known.Steps.Deviation, 1e-12);
        Assert.Equal((3, 0.7), (known.Stalls.Count, known.Stalls.Longest));
        Assert.Equal(0.6, known.Stalls.Mean, 1e-12);
        Assert.Equal((3, 6.0, 8), (known.Saves.Count, known.Saves.Mean, known.Saves.Longest));
    }

    [Fact]
    public void The_newest_three_that_tell_something_count()
    {
        var known = KnownTimes.Of(
            [
                Attempt(1, 1, Steps(10, 99, 0, 99)),
                Attempt(2, 1, Steps(10, 1, 0, 2)),
                Attempt(3, 1, Steps(10, 1, 0, 3)),
                Attempt(4, 1),
                Attempt(5, 1, Steps(10, 1, 0, 4)),
                Attempt(6, 1, new FolderTaken(Now, 50)),
            ],
            1,
            Size);
        Assert.Equal((30, 4), (known.Steps.Count, known.Steps.Longest));
    }

    [Fact]
    public void Another_world_size_does_not_count() =>
        Assert.Equal(KnownTimes.None, KnownTimes.Of([Attempt(1, 4, Steps(10, 1, 0, 1), Save(1, 2))], 8, Size));

    [Theory]
    [InlineData(Size, Size, true)]
    [InlineData(Size, Size * 2, true)]
    [InlineData(Size, Size / 2, true)]
    [InlineData(Size, Size * 21 / 10, false)]
    [InlineData(Size, Size / 3, false)]
    [InlineData(20_000, 100L, true)] // so small that the size does not matter
    [InlineData(100, 16_000_000L, true)]
    [InlineData(100, 17_000_000L, false)]
    [InlineData(Size, null, false)]
    public void Saves_of_a_state_of_very_different_size_do_not_count_but_the_steps_do(long saved, long? now, bool counts)
    {
        var known = KnownTimes.Of([Attempt(1, 1, Steps(10, 1, 0, 1), Save(1, 2, saved))], 1, now);
        Assert.Equal((10, counts ? 1 : 0), (known.Steps.Count, known.Saves.Count));
    }

    [Fact]
    public void What_cannot_be_a_time_is_passed_over()
    {
        var known = KnownTimes.Of(
            [Attempt(1, 1, Steps(0, 0, 0, 0), Steps(10, double.NaN, 0, 1), Steps(10, 1, 0, 1e300), Steps(-1, 1, 0, 1), Save(-1, 2), Save(1, double.PositiveInfinity))],
            1,
            Size);
        Assert.Equal(KnownTimes.None, known);
    }

    [Fact]
    public void An_attempt_that_died_at_its_birth_tells_nothing() =>
        Assert.Equal(KnownTimes.None, KnownTimes.Of([new AttemptStory(1, "1", [])], 1, Size));
}
