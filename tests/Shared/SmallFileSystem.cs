using System.Diagnostics;

namespace Cairn.Shared;

/// <summary>A file system of its own that is soon full and can be made read-only. Mounting needs root; without it the test is skipped.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private readonly DirectoryInfo folder;

    private SmallFileSystem(DirectoryInfo folder, string path) => (this.folder, Path) = (folder, path);

    public string Path { get; }

    /// <summary>A tmpfs: it knows how to reserve space.</summary>
    public static SmallFileSystem Tmpfs(int megabytes) => Create((_, mount) => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "cairn-test", mount));

    /// <summary>An ext2 in a file: it has no fallocate.</summary>
    public static SmallFileSystem Ext2(int megabytes) => Create((folder, mount) =>
    {
        var image = System.IO.Path.Combine(folder, "image");
        using (var file = File.Create(image))
            file.SetLength(megabytes * 1024L * 1024);
        return Run("mkfs.ext2", "-q", "-F", image) ?? Run("mount", "-o", "loop", image, mount);
    });

    public void MakeReadOnly() => WhenNoChildHoldsIt("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        WhenNoChildHoldsIt("umount", Path);
        folder.Delete(recursive: true);
    }

    // A child that another test starts at this moment holds every file of this process until it becomes its program.
    private static void WhenNoChildHoldsIt(string program, params string[] arguments)
    {
        string? problem = null;
        if (!SpinWait.SpinUntil(() => (problem = Run(program, arguments)) is null, TimeSpan.FromMinutes(2)))
            throw new InvalidOperationException(problem);
    }

    private static SmallFileSystem Create(Func<string, string, string?> mount)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        var own = Directory.CreateTempSubdirectory("cairn-disk-");
        var path = own.CreateSubdirectory("mount").FullName;
        var problem = mount(own.FullName, path);
        if (problem is not null)
            own.Delete(recursive: true);
        Assert.SkipWhen(problem is not null, $"no file system can be mounted here: {problem}");
        return new SmallFileSystem(own, path);
    }

    /// <returns>Null when it worked, else what was said.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program}: {said.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }
}
