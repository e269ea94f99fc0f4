using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>Where <c>cairn run</c> makes a folder for pages and listens, and where it does not.</summary>
public sealed class RankPlaceTests : IDisposable
{
    private const string Show = "echo ${CAIRN_PAGES:+pages} ${CAIRN_HUB:+hub}.";

    private readonly WrapperSandbox _sandbox = new();

    [Fact]
    public async Task One_process_has_neither()
    {
        await _sandbox.RunAsync("--", "sh", "-c", Show);
        Assert.Equal(".\n", _sandbox.Output);
    }

    [Fact]
    public async Task What_was_meant_for_another_job_is_not_passed_on()
    {
        _sandbox.Start(["--task", "--", "sh", "-c", Show], null, "SLURM_JOB_ID=77", "CAIRN_WRAPPED_JOB=76", "CAIRN_PAGES=/tmp", "CAIRN_HUB=127.0.0.1:1:x");
        await _sandbox.EndAsync();
        Assert.Equal(".\n", _sandbox.Output);
    }

    [Fact]
    public async Task A_launcher_has_pages()
    {
        Directory.CreateDirectory(_sandbox.At("bin"));
        var launcher = _sandbox.Script("bin/torchrun", Show);
        await _sandbox.RunAsync("--", launcher);
        Assert.Equal("pages .\n", _sandbox.Output);
    }

    public void Dispose() => _sandbox.Dispose();
}
