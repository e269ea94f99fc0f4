using System.Net.Sockets;
using Cairn.Checkpoints;
using Cairn.Tests.Runs;

namespace Cairn.Tests.Checkpoints;

/// <summary>A checkpoint that cannot be read now, read without a run: it may be the one that is looked for, so no other is taken for it.</summary>
public sealed class UnreadableCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();

    [Theory]
    [InlineData("newest")]
    [InlineData("best")]
    public void No_other_is_opened_for_it(string which)
    {
        foreach (var (step, loss) in (ReadOnlySpan<(long, double)>)[(10, 2), (20, 1)])
        {
            using var store = Stores.At(folder["c"]);
            store.SaveModel(step, metadata: new Dictionary<string, PartValue> { ["loss"] = PartValue.From(loss) });
        }

        // To open a socket as a file is an error that proves no damage.
        var record = folder["c/step-0000000020/checkpoint.json"];
        File.Delete(record);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(record));

        var error = Assert.Throws<CheckpointReadException>(() => (which == "best" ? Checkpoint.OpenBest(folder["c"], "loss", logger: log) : Checkpoint.OpenNewest(folder["c"], log)).Dispose());

        Assert.EndsWith("step-0000000020", error.Path, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Messages, message => message.Contains("passed over", StringComparison.Ordinal));
    }

    public void Dispose() => folder.Dispose();
}
