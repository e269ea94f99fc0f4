namespace Cairn.TorchSharp.Tests.Parallel;

/// <summary>The data-parallel example, by real processes that wait for each other in every step: the same weights to the last bit, whatever is done to it.</summary>
public sealed class DataParallelTests(DataParallelTests.OneRank straight) : IClassFixture<DataParallelTests.OneRank>, IDisposable
{
    private const string Epochs = "6";
    private const int Steps = 60;

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
    [InlineData(4, 4)]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    [InlineData(4, 8)]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    public void Cut_and_gone_on_with_the_same_or_another_number_it_does_as_well(int before, int after)
    {
        var cut = Random.Shared.Next(1, Steps);
        var (stopped, first) = ParallelJob.Run(folder.Path, before, restarts: 0, "--epochs", Epochs, "--stop-after", $"{cut}");
        Assert.True(stopped[0] == ExitCodes.Terminated, first);
        var (codes, messages) = ParallelJob.Run(folder.Path, after, restarts: 1, "--epochs", Epochs);
        Assert.True(codes.All(code => code == 0), messages);
        Assert.Contains($"resumes at step {cut} of {Steps}", messages, StringComparison.Ordinal);
        Assert.Equal(straight.Weights, Weights());
    }

    [Fact]
    public void A_rank_that_does_not_come_is_waited_for_so_long_and_named()
    {
        using var job = ParallelJob.Start(folder.Path, 3, restarts: 0, "--epochs", "1000", "--step-delay", "5", "--patience", "3");
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
