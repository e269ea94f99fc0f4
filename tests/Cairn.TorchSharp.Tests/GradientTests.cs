using Cairn.Runs;
using Cairn.Tests.Runs;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

/// <summary>Gradients that live across a step boundary are part of the state; those that nobody needs any more are not.</summary>
public sealed class GradientTests : IDisposable
{
    private const int Steps = 10;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, int> Cuts
    {
        get
        {
            var cuts = new TheoryData<string, int>();
            foreach (var way in new[] { "after", "before", "within" })
            {
                for (var cut = 1; cut < Steps; cut++)
                    cuts.Add(way, cut);
            }

            return cuts;
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Sums_of_gradients_over_steps_are_exact_wherever_the_run_is_cut(string way, int cut)
    {
        var expected = Train("straight", way, []);
        Assert.Equal(expected, Train("cut", way, [cut]));
        Assert.Equal(expected, Train("twice", way, [cut, cut + 1]));
    }

    [Theory]
    [InlineData("each", 2)]
    [InlineData("at the end", 0)]
    public void What_no_step_needs_is_not_saved(string way, int unknown)
    {
        Train(way, way, [7]);
        var saved = Directory.GetFiles(System.IO.Path.Combine(folder.Path, way), "checkpoint.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(Steps, saved.Length);
        Assert.All(saved.Skip(unknown), file => Assert.DoesNotContain(".grad\"", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_saved_besides_is_told_once_with_its_size()
    {
        var log = new ListLogger();
        Train("told", "after", [], log);
        var line = Assert.Single(log.Messages, line => line.Contains("gradients", StringComparison.Ordinal));
        Assert.Contains("optimizer: gradients go from one step into the next, so they are saved, too: 20 ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void With_several_ranks_it_is_told_that_one_sum_is_saved_for_all()
    {
        using var model = nn.Linear(4, 1);
        using var optimizer = optim.SGD(model.parameters(), 0.1);
        var part = new OptimizerPart(optimizer);
        ((IKnowsRanks)part).BeforeRestore(new RankSeeds(folder.Path, 0, 2));
        List<string> remarks = [];
        for (var step = 0; step < 4; step++)
        {
            part.OnStepBegin(step);
            using (NewDisposeScope())
                model.forward(randn(8, 4)).sum().backward();
            part.Describe();
            remarks.AddRange(part.TakeRemarks());
        }

        Assert.Single(remarks, remark => remark.Contains("a checkpoint holds one sum for all ranks", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sum_that_begins_only_later_is_told_of()
    {
        var log = new ListLogger();
        Train("later", "later", [], log);
        Assert.Contains(log.Messages, line => line.Contains("the newest checkpoint has no gradients", StringComparison.Ordinal));
    }

    private string Train(string name, string way, int[] cuts, ILogger? log = null)
    {
        while (true)
        {
            using var run = TrainingRun.Open(System.IO.Path.Combine(folder.Path, name), new()
            {
                Save = SaveSchedule.EverySteps(1),
                Keep = Retention.KeepAll,
                WhenStillSaving = WhenStillSaving.Wait,
                Logger = log ?? new ListLogger(),
            });
            manual_seed(1);
            using var model = nn.Linear(4, 1);
            using var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
            run.Track("model", model);
            run.Track("optimizer", optimizer);
            run.TrackRandomState();
            var isCut = false;
            foreach (var step in run.Steps(Steps))
            {
                if (cuts.Contains((int)step) && run.Attempt <= cuts.Length && step == cuts[run.Attempt - 1])
                {
                    isCut = true;
                    break;
                }

                using var scope = NewDisposeScope();
                if (way is "each" || (way == "later" && step < 5))
                    model.zero_grad();
                if (way is "within" || (way == "before" && step % 4 == 0))
                    optimizer.zero_grad();
                for (var part = 0; part < (way == "within" ? 3 : 1); part++)
                    nn.functional.mse_loss(model.forward(randn(8, 4)), randn(8, 1)).backward();
                if (way is "each" or "at the end" or "within" or "later" || step % 4 == 3)
                    optimizer.step();
                if (way == "at the end" || (way == "after" && step % 4 == 3))
                    optimizer.zero_grad();
            }

            if (isCut)
                continue;
            Assert.Equal(0, run.Finish());
            return string.Join(' ', model.state_dict().Values.SelectMany(value => value.data<float>().Select(BitConverter.SingleToInt32Bits)));
        }
    }
}
