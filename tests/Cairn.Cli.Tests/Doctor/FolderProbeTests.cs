using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.Tests.Inspection;

namespace Cairn.Cli.Tests.Doctor;

/// <summary>What is tried out on real file systems, and that nothing of it stays.</summary>
public sealed class FolderProbeTests : IDisposable
{
    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_disk_can_do_it_all_and_is_left_as_it_was()
    {
        _folder.Save(10, 20);
        var before = Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal).ToArray();
        var facts = FolderProbe.Examine(_folder.Path, 8 << 20);
        Assert.True(facts is { Exists: true, Problem: null, Kind: not null, Abilities: { Rename: true, HardLinks: true, Locks: true }, Speed.Bytes: 8 << 20 }, facts.ToString());
        Assert.Equal(Directory.GetFiles(_folder[MadeFolder.Name(20)]).Sum(file => new FileInfo(file).Length), facts.CheckpointBytes);
        Assert.InRange(facts.FreeBytes!.Value, 1, new DriveInfo(_folder.Path).TotalSize);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_not_made()
    {
        var facts = FolderProbe.Examine(_folder["a", "b"], 0);
        Assert.True(facts is { Exists: false, Problem: null, Abilities.Rename: true, Speed: null });
        Assert.Equal(_folder.Path, facts.Tried);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Memory_is_known_as_such()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "no /dev/shm here");
        var facts = FolderProbe.Examine("/dev/shm/cairn-doctor-test-not-there", 0);
        Assert.Equal(Storage.Memory, facts.Kind!.Storage);
    }

    [Fact]
    public void A_file_and_a_link_to_nowhere_are_no_folder()
    {
        File.WriteAllText(_folder["file"], "");
        File.CreateSymbolicLink(_folder["link"], "nowhere");
        Assert.Equal("it is a file", FolderProbe.Examine(_folder["file"], 0).Problem);
        Assert.Contains("nowhere", FolderProbe.Examine(_folder["link"], 0).Problem, StringComparison.Ordinal);
    }
}
