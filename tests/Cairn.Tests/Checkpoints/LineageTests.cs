using System.Globalization;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>Which checkpoints belong to one line of training: a table, and the same by a store.</summary>
public sealed class LineageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Checkpoints as "step by attempt", then where attempts went on as "attempt from step", then those that do not count.</summary>
    [Theory]
    [InlineData("10/1 20/1", "", "")]
    [InlineData("20/1 30/1", "2<0", "")] // attempt 2 began at 0 and left nothing: it takes nothing
    [InlineData("20/1 15/2", "2<10", "20/1")]
    [InlineData("20/1 15/2", "", "")] // nothing is known of attempt 2
    [InlineData("10/1 15/2", "2<10", "")]
    [InlineData("11/1 15/2", "2<10", "11/1")]
    [InlineData("40/1 50/2 60/3", "2<40 3<50", "")]
    [InlineData("40/1 41/1 50/2 51/2 60/3", "2<40 3<50", "41/1 51/2")]
    [InlineData("60/2 50/3 55/4", "3<40 4<50", "60/2")]
    [InlineData("60/1 50/3", "2<10 3<60", "")] // 2's own are gone, and 3 went on from 60
    [InlineData("40/5 50/3", "3<40", "")] // copied from another folder
    public void A_later_attempt_that_went_on_from_before_it_and_has_saved_makes_it_another_line(string there, string resumed, string rejected)
    {
        var from = Pairs(resumed, '<').ToDictionary(pair => (int)pair.First, pair => (long?)pair.Second);
        CheckpointId[] ids = [.. Pairs(there, '/').Select(pair => new CheckpointId(pair.First, (int)pair.Second))];
        var lineage = Lineage.Of(ids, attempt => from.GetValueOrDefault(attempt));
        Assert.Equal(rejected, string.Join(' ', ids.Where(id => lineage.WhyNot(id) is not null).Select(id => $"{id.Step}/{id.Attempt}")));
    }

    [Fact]
    public void What_does_not_count_is_named_with_what_to_do_and_then_it_counts()
    {
        Save(20, 1);
        Save(30, 1);
        Save(15, 2);
        Save(18, 3);
        using var store = Store();
        var outcome = store.Restore(TestPart.OnlyModel(0));

        Assert.Equal(18, outcome!.Step);
        Assert.Equal([30L, 20L], outcome.Skipped.Select(one => one.Step));
        Assert.Contains("attempt 2 went on from step 10 and has saved since", outcome.Skipped[1].Reason, StringComparison.Ordinal);
        Assert.Contains("move step-0000000015, step-0000000018 out of the folder", outcome.Skipped[1].Reason, StringComparison.Ordinal);

        Directory.Delete(folder["step-0000000015"], recursive: true);
        Directory.Delete(folder["step-0000000018"], recursive: true);
        using var again = Store();
        outcome = again.Restore(TestPart.OnlyModel(0));
        Assert.Equal(30, outcome!.Step);
        Assert.Empty(outcome.Skipped);
    }

    [Fact]
    public void With_nothing_left_the_run_does_not_start_and_each_is_named()
    {
        Save(20, 1);
        Save(15, 2);
        Damage.FlipBit(folder["step-0000000015", "model.safetensors"], 4100);
        using var store = Store();

        var error = Assert.Throws<NoValidCheckpointException>(() => store.Restore(TestPart.OnlyModel(0)));

        Assert.Equal([20L, 15L], error.Skipped.Select(one => one.Step));
        Assert.Contains("move step-0000000015 out of the folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_of_another_line_neither_goes_nor_counts_among_those_that_stay()
    {
        foreach (var step in (long[])[5, 6, 7])
            Save(step, 1);
        Save(30, 1);
        Save(31, 1);
        Save(15, 2);
        using var store = Store();
        store.Restore(TestPart.OnlyModel(0));

        Assert.Equal([5L, 6L], store.Prune(Retention.KeepLast(2)).Select(entry => entry.Step));
        Assert.Equal([31L, 30L, 15L, 7L], store.List().Select(entry => entry.Step));
    }

    private void Save(long step, int attempt)
    {
        using var store = Stores.At(folder.Path);
        store.SaveModel(step, attempt);
    }

    private CheckpointStore Store() => new(folder.Path, NullLogger.Instance, TimeProvider.System) { ResumedFrom = attempt => attempt switch { 2 => 10, 3 => 15, _ => null } };

    private static IEnumerable<(long First, long Second)> Pairs(string text, char between) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split(between))
        .Select(pair => (long.Parse(pair[0], CultureInfo.InvariantCulture), long.Parse(pair[1], CultureInfo.InvariantCulture)));
}
