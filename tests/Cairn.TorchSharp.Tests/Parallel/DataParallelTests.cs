using System.Globalization;
using Cairn.Attempts;

namespace Cairn.TorchSharp.Tests.Parallel;

/// <summary>The data-parallel example, by real processes that wait for each other in every step: the same weights to the last bit, whatever is done to it.</summary>
public sealed class DataParallelTests(DataParallelTests.OneRank straight) : IClassFixture<DataParallelTests.OneRank>, IDisposable
{
    private const string Epochs = "4";
    private const int Steps = 40;

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_number_of_ranks_ends_with_the_same_weights(int ranks)
    {
        var (codes, messages) = ParallelJob.Run(folder.Path, ranks, arguments: ["--epochs", Epochs]);
        Assert.True(codes.All(code => code == 0), messages);
        Assert.Equal(straight.Weights, Weights());
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(2, 4)]
    [InlineData(1, 3)]
    public void Stopped_by_the_program_and_gone_on_with_another_number_it_does_as_well(int before, int after)
    {
        var cut = Random.Shared.Next(1, Steps - 5);
        var (stopped, first) = ParallelJob.Run(folder.Path, before, restarts: 0, "--epochs", Epochs, "--stop-after", $"{cut}");
        Assert.True(stopped[0] == ExitCodes.Terminated, first);
        var (codes, messages) = ParallelJob.Run(folder.Path, after, restarts: 1, "--epochs", Epochs);
        Assert.True(codes.All(code => code == 0), messages);
        Assert.Equal(cut, Attempts()[1].Events.OfType<Resumed>().Single().Step); // all ask for it in one step: its boundary it is
        Assert.Equal(straight.Weights, Weights());
    }

    /// <summary>
    /// Warned again and again in the middle of some step, one rank alone or all of them one after the other, and gone on with any number of ranks. A
    /// step at which one of them stopped alone would let the others wait for it until they give up. Three times in the short form, a hundred in the
    /// long one; CAIRN_SEED=N repeats the places.
    /// </summary>
    [Fact]
    public void Warned_at_random_instants_the_ranks_stop_at_one_step_and_lose_none()
    {
        var isLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";
        var interruptions = isLong ? 100 : 3;
        var seed = Environment.GetEnvironmentVariable("CAIRN_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        var story = new List<string> { $"CAIRN_SEED={seed}" };
        string[] arguments = ["--epochs", $"{3 * interruptions + 3}", "--patience", "120"];
        for (var life = 0; life <= interruptions; life++)
        {
            var count = life < interruptions ? random.GetItems(isLong ? (int[])[2, 3, 4, 8] : [2, 3, 4], 1)[0] : 2;
            using var job = ParallelJob.Start(folder.Path, count, restarts: life, [.. arguments, "--step-delay", life < interruptions ? "5" : "0"]);
            if (life < interruptions)
            {
                Assert.True(job.Ranks[0].WaitForLine(line => line.StartsWith("epoch ", StringComparison.Ordinal)), string.Join('\n', [.. story, job.Messages]));
                int[] warned = random.Next(2) == 0 ? [random.Next(count)] : [.. Enumerable.Range(0, count)];
                random.Shuffle(warned);
                story.Add($"{count} ranks, warned {string.Join(' ', warned)}");
                foreach (var rank in warned)
                {
                    Thread.Sleep(random.Next(30)); // anywhere in a step, and one while another has stopped already
                    job.Ranks[rank].Signal("USR2");
                }
            }

            var codes = job.WaitForEnd();
            story.Add($"{string.Join(' ', codes)}\n{job.Messages}");
            Assert.True(codes[0] == (life < interruptions ? ExitCodes.RequeueFailed : 0) && codes.Skip(1).All(code => code == 0), string.Join('\n', story));
        }

        var attempts = Attempts();
        for (var life = 1; life <= interruptions; life++)
            Assert.Equal(attempts[life - 1].Events.OfType<Stopped>().Single().Step, attempts[life].Events.OfType<Resumed>().Single().Step);
        using var one = new TemporaryFolder();
        var (straightCodes, messages) = ParallelJob.Run(one.Path, 1, arguments: arguments);
        Assert.True(straightCodes is [0], messages);
        Assert.True(File.ReadAllBytes(ParallelJob.WeightsIn(one.Path)).AsSpan().SequenceEqual(Weights()), string.Join('\n', story));
    }

    [Fact]
    public void A_rank_that_does_not_come_is_waited_for_so_long_and_named()
    {
        using var job = ParallelJob.Start(folder.Path, 3, restarts: 0, "--epochs", "1000", "--step-delay", "5", "--patience", "15");
        Assert.True(job.Ranks[0].WaitForLine(line => line.StartsWith("epoch ", StringComparison.Ordinal)), job.Messages);
        job.Ranks[2].Signal("STOP");
        Assert.All([job.Ranks[0].WaitForEnd(), job.Ranks[1].WaitForEnd()], code => Assert.Equal(1, code));
        Assert.Contains("DataParallel: error: rank 2 did not come to the exchange of step ", job.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", job.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_that_cannot_share_the_work_evenly_are_refused()
    {
        var (codes, messages) = ParallelJob.Run(folder.Path, 5);
        Assert.All(codes, code => Assert.Equal(1, code));
        Assert.Contains("DataParallel: error: 5 ranks cannot share 24 micro-batches evenly", messages, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private IReadOnlyList<AttemptStory> Attempts() => AttemptStory.ReadAll(Path.Combine(folder.Path, "checkpoints"));

    private byte[] Weights() => File.ReadAllBytes(ParallelJob.WeightsIn(folder.Path));

    /// <summary>What one rank trains that nobody stops.</summary>
    public sealed class OneRank : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public OneRank()
        {
            var (codes, messages) = ParallelJob.Run(folder.Path, 1, arguments: ["--epochs", Epochs]);
            Assert.True(codes is [0], messages);
            Weights = File.ReadAllBytes(ParallelJob.WeightsIn(folder.Path));
        }

        public byte[] Weights { get; }

        public void Dispose() => folder.Dispose();
    }
}
