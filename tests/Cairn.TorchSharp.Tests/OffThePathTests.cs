using Cairn.Tests.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

/// <summary>What a later start could not take back is found at the first save, and what a later start changes is told.</summary>
public sealed class OffThePathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_group_of_parameters_that_is_added_in_training_is_found_at_the_next_save()
    {
        using var first = nn.Linear(2, 2);
        using var second = nn.Linear(2, 2);
        using var optimizer = optim.Adam(first.parameters());
        using var run = Open();
        run.Track("optimizer", optimizer);
        var error = Assert.Throws<UntrackableStateException>(() =>
        {
            foreach (var step in run.Steps(10))
            {
                if (step == 5)
                    optimizer.add_param_group(new Adam.ParamGroup { Parameters = second.parameters() });
            }
        });
        Assert.Equal(6, run.StepsDone);
        Assert.Contains("part 'optimizer' has changed its form", error.Message, StringComparison.Ordinal);
        Assert.Contains("the optimizer has 2 groups of parameters, in the checkpoint 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Make every tensor, layer and group of parameters before the first step", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_is_made_lazily_is_found_at_the_first_save()
    {
        using var model = nn.Sequential();
        using var run = Open();
        run.Track("model", model);
        var error = Assert.Throws<UntrackableStateException>(() =>
        {
            foreach (var step in run.Steps(10))
                model.append("late", nn.Linear(2, 2));
        });
        Assert.Contains("late.weight (float32 [2, 2]) is not in the checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scheduler_needs_its_optimizer()
    {
        using var model = nn.Linear(2, 2);
        using var optimizer = optim.SGD(model.parameters(), 0.1);
        using var other = optim.SGD(model.parameters(), 0.1);
        using var run = Open();
        run.Track("other", other);
        run.Track("scheduler", optim.lr_scheduler.StepLR(optimizer, 2));
        Assert.Contains("the optimizer of StepLR is not tracked", Assert.Throws<UntrackableStateException>(() => run.Restore()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loader_tracks_itself_and_another_batch_size_is_refused()
    {
        Train(10);
        var error = Assert.Throws<CheckpointMismatchException>(() => Train(20));
        Assert.Contains("global_batch is 20, in the checkpoint 10", error.Message, StringComparison.Ordinal);

        using var taken = Open();
        taken.Track("data", () => 1, _ => { });
        Assert.Contains("another part is tracked as 'data'", Assert.Throws<InvalidOperationException>(() => taken.Batches(Loader(10), 1)).Message, StringComparison.Ordinal);

        void Train(int batchSize)
        {
            using var run = Open();
            run.Track("seen", () => 1, _ => { });
            foreach (var batch in run.Batches(Loader(batchSize), 2))
            {
                if (batch.Step == 3)
                    break;
            }
        }

        static ResumableLoader<long[]> Loader(int batchSize) => new(new SampleOrder(100, batchSize, 1), indices => indices);
    }

    [Fact]
    public void Nothing_tracked_is_an_error_at_the_start()
    {
        using var run = Open();
        Assert.Contains("nothing is tracked", Assert.Throws<UntrackableStateException>(() => run.Restore()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_but_a_loader_and_random_numbers_is_told_at_the_start(bool hasMore)
    {
        using var run = Open();
        run.TrackRandomState();
        if (hasMore)
            run.Track("seen", () => 1, _ => { });
        foreach (var batch in run.Batches(new ResumableLoader<long[]>(new SampleOrder(20, 10, 1), indices => indices), 1))
            Assert.NotEmpty(batch.Data);
        Assert.Equal(0, run.Finish());
        Assert.Equal(!hasMore, log.Messages.Any(message => message.Contains("nothing is tracked but 'random', 'data': a stopped run goes on at its step, with a model", StringComparison.Ordinal)));
    }

    [Fact]
    public void Settings_that_the_program_changed_are_told_at_every_start_and_those_that_training_changed_are_not()
    {
        Train(0.1, 0.9);
        Assert.DoesNotContain(log.Messages, line => line.Contains("the program begins with", StringComparison.Ordinal));
        Train(0.1, 0.9);
        Assert.DoesNotContain(log.Messages, line => line.Contains("the program begins with", StringComparison.Ordinal));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            log.Messages.Clear();
            Train(0.01, 0.8);
            string[] told = [.. log.Messages.Where(line => line.Contains("the program begins with", StringComparison.Ordinal))];
            Assert.Equal(2, told.Length);
            Assert.Contains("part 'optimizer': the program begins with param_groups.0.lr = 0.01, the run began with 0.1; what counts from now on is the checkpoint's 0.5", told[0], StringComparison.Ordinal);
            Assert.Contains("param_groups.0.momentum = 0.8, the run began with 0.9; what counts from now on is the checkpoint's 0.9", told[1], StringComparison.Ordinal);
        }

        void Train(double rate, double momentum)
        {
            using var model = nn.Linear(2, 2);
            using var optimizer = optim.SGD(model.parameters(), rate, momentum);
            using var run = Open();
            run.Track("optimizer", optimizer);
            var done = run.Restore();
            optimizer.ParamGroups.Single().LearningRate = 0.5;
            run.Save(done + 1).Wait();
        }
    }

    private TrainingRun Open() =>
        TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.EverySteps(1), WhenStillSaving = WhenStillSaving.Wait, Logger = log });
}
