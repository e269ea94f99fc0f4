namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>The table of scenarios, on a real Slurm and on the local scheduler: the same program, verdicts and journals.</summary>
public class ScenarioTests(Plays plays) : IClassFixture<Plays>
{
    public static TheoryData<string> OnSlurm => Names(_ => true);

    public static TheoryData<string> OnLinuxProc => Names(scenario => scenario.OnLinuxProc);

    public static TheoryData<string> Quick => Names(scenario => scenario.Quick);

    public static TheoryData<string> Locally => Names(scenario => scenario.NotLocally is null && !scenario.Quick);

    public static TheoryData<string> OnBoth => Names(scenario => scenario.NotLocally is null);

    [Theory, MemberData(nameof(OnSlurm)), Trait("Category", "slow")]
    public Task On_a_real_Slurm(string scenario) => CheckAsync(scenario, Stage.Slurm);

    [Theory, MemberData(nameof(OnLinuxProc)), Trait("Category", "slow")]
    public Task On_a_real_Slurm_without_cgroups(string scenario) => CheckAsync(scenario, Stage.LinuxProc);

    [Theory, MemberData(nameof(Quick))]
    public Task On_the_local_scheduler_for_daily_work(string scenario) => CheckAsync(scenario, Stage.Local);

    [Theory, MemberData(nameof(Locally)), Trait("Category", "slow")]
    public Task On_the_local_scheduler(string scenario) => CheckAsync(scenario, Stage.Local);

    [Theory, MemberData(nameof(OnBoth)), Trait("Category", "slow")]
    public async Task The_local_schedulers_journals_are_those_of_the_real_Slurm(string name)
    {
        var scenario = ScenarioTable.Named(name);
        var both = await Task.WhenAll(plays.OfAsync(scenario, Stage.Slurm), plays.OfAsync(scenario, Stage.Local));
        var journals = both.Select(play => string.Join("\n--\n", play.Attempts.Select(attempt => string.Join('\n', NormalizedJournal.Of(attempt))))).ToList();
        Assert.Equal(journals[0], journals[1]);
    }

    private static TheoryData<string> Names(Func<Scenario, bool> fits) => [.. ScenarioTable.All.Where(fits).Select(scenario => scenario.ToString())];

    private async Task CheckAsync(string name, Stage stage)
    {
        var scenario = ScenarioTable.Named(name);
        var play = await plays.OfAsync(scenario, stage);
        Assert.True(scenario.Verdict.SequenceEqual(play.Verdict), $"expected:\n{Lines(scenario.Verdict)}\nbut was:\n{Lines(play.Verdict)}\nthe log:\n{play.Log}");

        if (scenario.Says is { } text)
            Assert.Contains(text, play.Log, StringComparison.Ordinal);

        // What was finished is what it would have been without the stop; the rest wrote nothing.
        Assert.Equal(play.Ends[^1].State == "COMPLETED" ? await Straight.BytesAsync() : null, play.Final);

        static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
    }
}
