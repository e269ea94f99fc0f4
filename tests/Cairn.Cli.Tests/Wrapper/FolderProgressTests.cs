using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What in a folder is progress, and what is not.</summary>
public sealed class FolderProgressTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData("state.pt", true)]
    [InlineData("below/model.safetensors", true)]
    [InlineData("state.pt.4711.new", false)]
    [InlineData("state.tmp", false)]
    [InlineData(".hidden", false)]
    [InlineData(".saving-0000000007/model.safetensors", false)]
    [InlineData("train.log", false)]
    [InlineData("slurm-17.out", false)]
    [InlineData("events.out.tfevents.1700000000.n1", false)]
    [InlineData("attempts/0001.jsonl", false)]
    [InlineData(".cairn-run/7/journal.jsonl", false)]
    public void Temporary_files_logs_and_notes_are_none(string name, bool isProgress)
    {
        var before = Look();
        Write(name, "1");
        Assert.Equal(isProgress, Look().IsBeyond(before));
    }

    [Fact]
    public void It_is_a_change_of_a_files_size_or_time_whatever_the_clock_says()
    {
        Write("pretrained.pt", "1");
        Write("state.pt", "1");
        File.SetLastWriteTimeUtc(At("pretrained.pt"), new DateTime(2060, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var before = Look();
        Assert.False(Look().IsBeyond(before));
        Write("state.pt", "2");
        File.SetLastWriteTimeUtc(At("state.pt"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc)); // by a server whose clock is behind
        Assert.True(Look().IsBeyond(before));
        File.Delete(At("state.pt"));
        Assert.False(Look().IsBeyond(before));
    }

    [Fact]
    public void A_pattern_says_it_exactly()
    {
        var before = Look("best*.pt");
        Write("state.pt", "1");
        Assert.False(Look("best*.pt").IsBeyond(before));
        Write("below/best-7.pt", "1");
        Assert.True(Look("best*.pt").IsBeyond(before));
        Assert.True(Look("below/*").IsBeyond(before));
        Assert.False(Look("above/*").IsBeyond(before));
    }

    [Fact]
    public void What_could_not_be_looked_at_is_not_known()
    {
        var whole = Look();
        Assert.True(whole.IsWhole);
        Assert.Null(FolderProgress.Unknown.IsBeyond(whole));
        Assert.Null(whole.IsBeyond(FolderProgress.Unknown));
        Write("state.pt", "1");
        Assert.False(FolderProgress.Of(_sandbox.Folder, null, TimeSpan.Zero).IsWhole);
        Assert.True(FolderProgress.Of(At("nowhere"), null, FolderProgress.Patience).IsWhole);
    }

    public void Dispose() => _sandbox.Dispose();

    private string At(string name) => _sandbox.At(name);

    private FolderProgress Look(string? pattern = null) => FolderProgress.Of(_sandbox.Folder, pattern, FolderProgress.Patience);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
    }
}
