using System.Text.RegularExpressions;
using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>The table of scenarios, on a real Slurm and on the local scheduler: the same program, verdicts and journals.</summary>
public partial class ScenarioTests(Plays plays) : IClassFixture<Plays>
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
        var (real, local) = NormalizedJournal.Of(both[0].Attempts, both[1].Attempts);
        Assert.Equal(real, local);
    }

    // Every rank trains; rank 0 alone saves and requeues, and the others do not leave before it has decided. Not cancelled, nor put
    // back by somebody else: then Slurm may end them before.
    private static void RanksOfOneMind(Scenario scenario, Play play)
    {
        Assert.Equal(scenario.Tasks, play.Log.Split(Scenario.Holding).Length - 1);
        Assert.Equal(play.Attempts.Count(attempt => attempt.Events.OfType<Saved>().Any()), play.Log.Split("capture 1 begins").Length - 1);
        var requeues = play.Attempts.Sum(attempt => attempt.Events.OfType<Stopped>().Count(stopped => stopped.Action == "Requeue"));
        Assert.Equal(requeues, play.Log.Split("requeueing job").Length - 1);
        if (requeues == 0)
            return;
        var decided = InMilliseconds(play.Attempts[0].Events.OfType<Stopped>().Single().Time);
        var exits = Exit().Matches(play.Log).Select(exit => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(exit.Groups["at"].Value))).ToList();
        Assert.All(exits, exit => Assert.True(exit >= decided, play.Log));
        var finished = InMilliseconds(play.Attempts[^1].Finished!.Time);
        Assert.True(exits.Count(exit => exit >= finished) == scenario.Tasks, $"not all of {scenario.Tasks} tasks have left after {finished:O}:\n{play.Log}");
    }

    // As the program prints it: the end is often in the same millisecond.
    private static DateTimeOffset InMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    [GeneratedRegex("^exit code 0 at (?<at>[0-9]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Exit();

    private static TheoryData<string> Names(Func<Scenario, bool> fits) => [.. ScenarioTable.All.Where(fits).Select(scenario => scenario.ToString())];

    private async Task CheckAsync(string name, Stage stage)
    {
        var scenario = ScenarioTable.Named(name);
        var play = await plays.OfAsync(scenario, stage);
        Assert.True(scenario.Verdict.SequenceEqual(play.Verdict), $"expected:\n{Lines(scenario.Verdict)}\nbut was:\n{Lines(play.Verdict)}\nthe log:\n{play.Log}");

        if (scenario.Says is { } text)
            Assert.Contains(text, play.Log, StringComparison.Ordinal);

        if (scenario.Tasks > 1)
            RanksOfOneMind(scenario, play);

        // What was finished is what it would have been without the stop; the rest wrote nothing.
        Assert.Equal(play.Ends[^1].State == "COMPLETED" ? await Straight.BytesAsync(scenario.ProgramOn(stage)) : null, play.Final);

        static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
    }
}
