using Cairn.Shared;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Packing;

/// <summary>The published binary, alone in a folder. What it needs of glibc, its size and its speed eng/publish.sh checks.</summary>
public sealed class BinaryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cairn-binary-").FullName;

    [Fact]
    public async Task Needs_no_dotnet_and_nothing_beside_it()
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        var copy = Path.Combine(folder, "cairn");
        File.Copy(Packed.Binary!, copy);
        // No PATH, no HOME, no DOTNET_ROOT.
        var version = await CliWrap.Cli.Wrap("/usr/bin/env").WithArguments(["-i", copy, "--version"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Version(typeof(Cairn.Cli.Help.Spelling).Assembly), version.StandardOutput.Split('+')[0].Trim());
    }

    [Fact]
    public async Task Gives_itself_to_a_local_job_by_its_path()
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        var copy = Path.Combine(folder, "a name with spaces");
        File.Copy(Packed.Binary!, copy);
        var run = await CliWrap.Cli.Wrap(copy).WithArguments(["local", "--", "squeue", "--noheader", "--format", "%T"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal("RUNNING\n", run.StandardOutput);
    }

    internal static string Version(System.Reflection.Assembly assembly) =>
        assembly.GetCustomAttributes(false).OfType<System.Reflection.AssemblyInformationalVersionAttribute>().Single().InformationalVersion.Split('+')[0];

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
