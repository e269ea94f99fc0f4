namespace Cairn.Cli.Tests.Running;

public sealed class PreemptionTests : IDisposable
{
    private const string LeavesOnTerm = "trap 'exit 0' TERM; [ -n \"$SLURM_RESTART_COUNT\" ] && exit 0; echo up > up; while :; do sleep 0.02 & wait $!; done";
    private const string StaysUntilKilled = "trap '' TERM; [ -n \"$SLURM_RESTART_COUNT\" ] && exit 0; while :; do sleep 0.02; done";

    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("22", new[] { "PreemptedAndLost" })]
    [InlineData("24", new[] { "Preempted", "Finished" })]
    public async Task Leaving_early_without_a_requeue_loses_the_job_on_22_and_not_on_24(string release, string[] endings)
    {
        var run = await Preempt(release, _sandbox.Script("leaves", LeavesOnTerm));
        Assert.Equal((0, "COMPLETED"), (run.ExitCode, run.Report!.State));
        Assert.Equal(endings, run.Endings);
    }

    [Theory]
    [InlineData("22", new[] { "Preempted", "Finished" })]
    [InlineData("24", new[] { "Preempted", "RequeuedOnceMore", "Finished" })]
    public async Task Staying_until_the_grace_ends_is_requeued_and_on_24_once_more_after_it_finished(string release, string[] endings)
    {
        var run = await Preempt(release, _sandbox.Script("stays", StaysUntilKilled));
        Assert.Equal((0, "COMPLETED"), (run.ExitCode, run.Report!.State));
        Assert.Equal(endings, run.Endings);
    }

    [Fact]
    public async Task Inside_the_grace_Slurm_names_the_preemption_and_takes_the_requeue()
    {
        var program = _sandbox.Script(
            "asks",
            """
            [ -n "$SLURM_RESTART_COUNT" ] && exit 0
            ask() { trap '' TERM; SLURM_TIME_FORMAT=%s scontrol -o show job "$SLURM_JOB_ID" > asked; cp "$CAIRN_STATUS" status; scontrol requeue "$SLURM_JOB_ID"; exit 0; }
            trap ask TERM
            while :; do sleep 0.02 & wait $!; done
            """);
        var run = await _sandbox.Local("--preempt-after", "1s", "--grace", "30s", "--requeue-delay", "100ms", "--", program);
        Assert.Equal(["PreemptedAndRequeued", "Finished"], run.Endings);
        var fields = _sandbox.Lines("asked")[0].Split(' ').Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2).ToLookup(pair => pair[0], pair => pair[1]);
        Assert.Equal("RUNNING", fields["JobState"].Single());
        var grace = long.Parse(fields["EndTime"].Single()) - long.Parse(fields["PreemptTime"].Single());
        Assert.InRange(grace, 29, 31);
        Assert.Contains("\"stop_requested\":true,\"cause\":\"preemption\"", File.ReadAllText(_sandbox.At("status")), StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();

    private Task<LocalRun> Preempt(string release, string program) => _sandbox.Local(
        "--slurm", release, "--preempt-after", "1s", "--grace", "700ms", "--kill-wait", "300ms", "--requeue-delay", "100ms", "--", program);
}
