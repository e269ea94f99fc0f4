using Cairn.Checkpoints;
using Cairn.Checkpoints.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Checkpoints;

public sealed class LeftoversTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_a_live_writer_is_writing_is_left_alone()
    {
        using var writing = TemporaryCheckpoint.Create(folder.Path, 5, 1, NullLogger.Instance);
        using (writing.CreatePayload("model.safetensors", 4096))
        {
            var days = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(9));

            Assert.Equal(0, Stores.At(folder.Path, days).RemoveLeftovers());
        }

        Assert.Single(Stores.Names(folder.Path));
    }

    [Fact]
    public void What_a_dead_writer_left_is_removed_at_once()
    {
        Directory.CreateDirectory(folder[".saving-step-0000000005-attempt-1-x"]);
        File.WriteAllText(folder[".saving-step-0000000005-attempt-1-x", "checkpoint.json"], "");
        File.WriteAllText(folder[".saving-step-0000000005-attempt-1-x", "model.safetensors"], "half");

        Assert.Equal(1, Stores.At(folder.Path).RemoveLeftovers());

        Assert.Empty(Stores.Names(folder.Path));
    }

    [Fact]
    public void A_writer_that_died_before_it_had_a_lock_left_an_empty_directory_and_it_is_removed_at_once()
    {
        Directory.CreateDirectory(folder[".saving-step-0000000005-attempt-1-x"]);

        Assert.Equal(1, Stores.At(folder.Path).RemoveLeftovers());

        Assert.Empty(Stores.Names(folder.Path));
    }

    [Fact]
    public async Task Writers_and_cleaners_at_the_same_time_do_each_other_no_harm()
    {
        var cleaning = true;
        var cleaner = Task.Run(
            () =>
            {
                while (Volatile.Read(ref cleaning))
                    Leftovers.Remove(folder.Path, TimeProvider.System, NullLogger.Instance);
            },
            TestContext.Current.CancellationToken);
        try
        {
            var store = Stores.At(folder.Path);
            for (var step = 1; step <= 50; step++)
                store.SaveModel(step);
            Assert.Equal(50, store.List().Count);
        }
        finally
        {
            Volatile.Write(ref cleaning, false);
            await cleaner;
        }
    }

    [Fact]
    public void Where_no_lock_tells_the_age_does()
    {
        Directory.CreateDirectory(folder[".saving-step-0000000005-attempt-1-x"]);
        File.WriteAllText(folder[".saving-step-0000000005-attempt-1-x", "model.safetensors"], "half");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(55));

        Assert.Equal(0, Stores.At(folder.Path, time).RemoveLeftovers());
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Stores.At(folder.Path, time).RemoveLeftovers());
    }

    [Fact]
    public void What_was_being_deleted_is_deleted_and_everything_else_stays()
    {
        Stores.At(folder.Path).SaveModel(1);
        Directory.CreateDirectory(folder[".deleting-step-0000000001-x", "inner"]);
        Directory.CreateDirectory(folder["aside-step-0000000001-1"]);
        File.WriteAllText(folder[".savings"], "the user's own");

        Assert.Equal(1, Stores.At(folder.Path).RemoveLeftovers());

        Assert.Equal([".savings", "aside-step-0000000001-1", "step-0000000001"], Stores.Names(folder.Path));
    }

    [Fact]
    public void A_writer_whose_directory_was_taken_away_loses_that_save_and_no_more()
    {
        var store = new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System)
        {
            BeforeCommit = () =>
            {
                if (Directory.GetDirectories(folder.Path, ".saving-step-0000000002*") is [var path])
                    Leftovers.MoveAndDelete(path, null, NullLogger.Instance);
            },
        };
        store.SaveModel(1);

        Assert.Throws<CheckpointWriteException>(() => store.SaveModel(2));
        store.SaveModel(3);

        Assert.Equal(["step-0000000001", "step-0000000003"], Stores.Names(folder.Path));
    }

    [Fact]
    public void The_first_save_removes_leftovers_when_nobody_did()
    {
        Directory.CreateDirectory(folder[".deleting-step-0000000001-x"]);

        Stores.At(folder.Path).SaveModel(1);

        Assert.Equal(["step-0000000001"], Stores.Names(folder.Path));
    }
}
