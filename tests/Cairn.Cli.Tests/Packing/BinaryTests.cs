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
        var copy = await Copy("cairn");
        // No PATH, no HOME, no DOTNET_ROOT.
        var version = await CliWrap.Cli.Wrap("/usr/bin/env").WithArguments(["-i", copy, "--version"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Version(typeof(Cairn.Cli.Help.Spelling).Assembly), version.StandardOutput.Split('+')[0].Trim());
    }

    [Fact]
    public async Task Gives_itself_to_a_local_job_by_its_path()
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        var copy = await Copy("a name with spaces");
        var run = await CliWrap.Cli.Wrap(copy).WithArguments(["local", "--", "squeue", "--noheader", "--format", "%T"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal("RUNNING\n", run.StandardOutput);
    }

    private static string Version(System.Reflection.Assembly assembly) =>
        assembly.GetCustomAttributes(false).OfType<System.Reflection.AssemblyInformationalVersionAttribute>().Single().InformationalVersion.Split('+')[0];

    // Not written by this process: what another test starts meanwhile would hold it open for writing, and it could not be run.
    private async Task<string> Copy(string name)
    {
        var copy = Path.Combine(folder, name);
        await CliWrap.Cli.Wrap("cp").WithArguments([Packed.Binary!, copy]).ExecuteAsync(TestContext.Current.CancellationToken);
        return copy;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
