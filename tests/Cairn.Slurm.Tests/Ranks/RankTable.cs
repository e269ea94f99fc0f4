namespace Cairn.Slurm.Tests.Ranks;

/// <summary>What is done to ranks that wait for each other in every step: if one of them stopped alone, the others would wait for it until they give up.</summary>
internal static class RankTable
{
    private const string Lost = "its connection is closed";
    private const string StandsIn = "stands in for rank 0";
    private const string Silence = "nothing was heard of it for 1 min";
    private const string Waits = " --limit 300"; // longer than it takes the others to notice
    private const string NoK = "--kill-on-bad-exit=0";

    // One checkpoint before anything is done to them, and none in the second attempt.
    private const string SavesOnce = "--save-every $((SLURM_RESTART_COUNT ? 1000000 : 50))";

    private static readonly string[] ByLoss = ["RankLost"];

    // Slurm tells those on the other node by a TERM, and ends them: whether they still save, or lose a rank first, is a race.
    private static readonly string[] ByNode = ["none", "Requeued", "RankLost"];

    public static IReadOnlyList<RankRow> All { get; } = [.. Warnings(), .. Shapes(), .. Slurms(), .. Losses(), .. Standstills()];

    private static IEnumerable<RankRow> Warnings() =>
    [
        new("a warning to all", 8, job => job.WarnAllAsync()),
        new("a warning to all, up to two seconds apart", 4, job => WarnApartAsync(job, 3, 1, 0, 2)) { Trainer = "--slow-save 2" },
        new("a warning to the last alone", 2, job => job.SignalAsync(1, "USR2")),
        new("a warning to one of eight", 8, job => job.SignalAsync(5, "USR2")) { IsLong = true },
        new("a warning to rank 0 alone", 4, job => job.SignalAsync(0, "USR2")) { IsLong = true },
        new("a warning to all, up to two seconds apart, eight", 8, job => WarnApartAsync(job, 7, 0, 3, 5, 1, 2, 6, 4)) { Trainer = "--slow-save 2", IsLong = true },
        new("a warning to all, -K off", 4, job => job.WarnAllAsync()) { Srun = NoK, IsLong = true },
    ];

    private static IEnumerable<RankRow> Shapes() =>
    [
        new("the components of a heterogeneous job", 4, job => job.WarnAllAsync()) { Tasks = ["--ntasks=2", ":", "--ntasks=2"], Srun = "--kill-on-bad-exit=1 --het-group=0,1" },
        new("an element of an array", 2, job => job.WarnAllAsync()) { Tasks = ["--array=3", "--ntasks=2"] },
    ];

    private static IEnumerable<RankRow> Slurms() =>
    [
        new("a limit without warning", 4, _ => Task.CompletedTask) { Minutes = 1, Causes = ["Deadline"] },
        new("a preemption", 4, job => job.PreemptAsync()) { Place = Place.Preemptible, Causes = ["Preempted"] },
        new("a node is set down", 4, job => job.FailNodeAsync(ofRank0: false)) { Place = Place.Fragile, Causes = ByNode, Trainer = SavesOnce },
        new("the node of rank 0 is set down", 4, job => job.FailNodeAsync(ofRank0: true)) { Place = Place.Fragile, Causes = ByNode, Trainer = SavesOnce, IsLong = true },
    ];

    private static IEnumerable<RankRow> Losses() =>
    [
        new("a rank is killed, -K on", 4, job => job.SignalAsync(1, "KILL")) { Causes = ByLoss, Trainer = SavesOnce, Says = [Lost] },
        new("a rank is killed, -K off", 4, job => job.SignalAsync(3, "KILL")) { Causes = ByLoss, Trainer = SavesOnce, Srun = NoK, Says = [Lost] },
        new("rank 0 is killed, -K on", 2, job => job.SignalAsync(0, "KILL")) { Causes = ByLoss, Trainer = SavesOnce, Says = [StandsIn], IsLong = true },
        new("rank 0 is killed, -K off", 4, job => job.SignalAsync(0, "KILL")) { Causes = ByLoss, Trainer = SavesOnce, Srun = NoK, Says = [StandsIn], IsLong = true },
        new("all ranks beside rank 0 are killed with it, -K off", 8, KillFirstNodeAsync) { Causes = ByLoss, Trainer = SavesOnce, Srun = NoK, Says = ["-n2 " + StandsIn] },
        new("all ranks beside rank 0 are killed with it, -K on", 8, KillFirstNodeAsync) { Causes = ByLoss, Trainer = SavesOnce, Says = ["-n2 " + StandsIn], IsLong = true },
        new("rank 0 is killed between commit and requeue, -K on", 4, job => job.WarnAllAsync()) { BeforeScontrol = KillAt("requeue"), Says = [StandsIn] },
        new("rank 0 is killed between commit and requeue, -K off", 4, job => job.WarnAllAsync()) { BeforeScontrol = KillAt("requeue"), Srun = NoK, Says = [StandsIn] },
        new("rank 0 is killed between commit and decision, -K on", 4, job => job.WarnAllAsync()) { BeforeScontrol = KillAt("show job"), Causes = ByLoss, Says = [StandsIn], IsLong = true },
        new("rank 0 is killed between commit and decision, -K off", 4, job => job.WarnAllAsync())
        {
            BeforeScontrol = KillAt("show job"), Causes = ByLoss, Srun = NoK, Says = [StandsIn], IsLong = true,
        },
    ];

    // By hand nobody goes on: silence is all that the others notice.
    private static IEnumerable<RankRow> Standstills() =>
    [
        new("a rank is stopped for good", 4, job => job.SignalAsync(2, "STOP")) { Causes = ByLoss, Trainer = SavesOnce + Waits, Says = [Silence], IsLong = true },
        new("rank 0 is stopped for good", 4, job => job.SignalAsync(0, "STOP")) { Causes = ["Requeued", "RankLost"], Trainer = SavesOnce + Waits, Says = [StandsIn], IsLong = true },
    ];

    private static async Task WarnApartAsync(RankJob job, params int[] ranks)
    {
        await job.SignalAsync(ranks[0], "USR2");
        foreach (var rank in ranks[1..])
        {
            await Task.Delay(TimeSpan.FromSeconds(2.0 / ranks.Length), TestContext.Current.CancellationToken);
            await job.SignalAsync(rank, "USR2");
        }
    }

    // As Linux does where a node's memory is used up. None of them decides anything before it dies.
    private static async Task KillFirstNodeAsync(RankJob job)
    {
        foreach (var signal in (string[])["STOP", "KILL"])
        {
            for (var rank = 0; rank < 4; rank++)
                await job.SignalAsync(rank, signal);
        }
    }

    // In the one attempt in which there is a first checkpoint.
    private static string KillAt(string command) =>
        $"if [[ $SLURM_PROCID = 0 && ! -e killed && $* == '{command}'* ]] && ls checkpoints/step-* > /dev/null 2>&1; then touch killed; kill -KILL $PPID; exit 1; fi";
}
