using Cairn.Checkpoints;
using Cairn.Posix;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>An attempt that stalls in the middle of a commit while its successor goes on: it takes nothing away.</summary>
public sealed class LateWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)] // the state is another one
    [InlineData(false)] // the same program came to the same state
    public void What_a_later_attempt_has_committed_stays(bool another)
    {
        Stores.At(folder.Path).SaveModel(10);
        using var late = Store(1, () => Stores.At(folder.Path).Save(20, TestPart.OnlyModel(another ? 202 : 20), Stores.Attempt(2), Stores.NoMetadata).Wait());

        var error = Assert.Throws<CheckpointWriteException>(() => late.SaveModel(20, attempt: 1));

        Assert.Contains("by attempt 2, a later one", error.Message, StringComparison.Ordinal);
        Assert.Equal(["step-0000000010", "step-0000000020"], Stores.Names(folder.Path));
        Assert.Equal(2, late.List()[0].ReadRecord().Attempt);
    }

    [Fact]
    public void A_broken_one_that_a_later_attempt_replaces_after_it_was_judged_stays()
    {
        Stores.At(folder.Path).SaveModel(20);
        Damage.FlipBit(folder["step-0000000020", "model.safetensors"], 4100);

        // The third question is the last before the broken one is moved.
        using var late = Store(3, () =>
        {
            Directory.Delete(folder["step-0000000020"], recursive: true);
            Stores.At(folder.Path).SaveModel(20, attempt: 2);
        });

        Assert.Throws<CheckpointWriteException>(() => late.SaveModel(20, attempt: 1));

        Assert.Equal(["step-0000000020"], Stores.Names(folder.Path));
        Assert.Equal(2, late.List()[0].ReadRecord().Attempt);
    }

    [Fact]
    public void A_checkpoint_that_is_another_one_by_now_is_not_deleted()
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 3; step++)
            store.SaveModel(step);
        var superfluous = store.FindSuperfluous(Retention.KeepLast(1));
        Assert.Equal(1, Assert.Single(superfluous).Step);
        PosixDirectory.Rename(folder["step-0000000001"], folder["old"]);
        Stores.At(folder.Path).SaveModel(1, attempt: 2);

        Assert.Empty(store.Delete(superfluous));

        Assert.Equal(["old", "step-0000000001", "step-0000000002", "step-0000000003"], Stores.Names(folder.Path));
        Assert.Empty(store.List()[2].Verify());
    }

    [Fact]
    public void What_was_renamed_although_it_was_not_what_was_meant_gets_its_name_back()
    {
        Directory.CreateDirectory(folder["one", "inside"]);
        Directory.CreateDirectory(folder["other"]);
        var other = FileStatus.OfName(folder["other"])!.Value.Incarnation;
        Assert.False(PosixDirectory.TryRename(folder["one"], folder["two"], other, lookFirst: false));
        Assert.Equal(["one", "other"], Stores.Names(folder.Path));
        Assert.True(PosixDirectory.TryRename(folder["one"], folder["two"], FileStatus.OfName(folder["one"])!.Value.Incarnation));
        Assert.Equal(["other", "two"], Stores.Names(folder.Path));
    }

    private CheckpointStore Store(int question, Action act)
    {
        var asked = 0;
        return new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System)
        {
            BeforeCommit = () =>
            {
                if (++asked == question)
                    act();
            },
        };
    }
}
