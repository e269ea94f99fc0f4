using System.Text;
using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

/// <summary>The journal's lines to the byte: other programs read them, and so do later versions of this one.</summary>
public sealed class JournalFormTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Now.AddTicks(12_345_670);

    private static readonly JournalEvent[] Events =
    [
        new AttemptStarted(Now, 1, "17_3", 2, "0", 4, new ProcessIdentity("n1", "boot", 42, 7), "train <a> ä\t\"x\" 😀", "0.1.0"),
        new AttemptStarted(Later, 1, null, 0, null, 1, new ProcessIdentity("n1", "", 42, 0), "train", "0.1.0"),
        new AttemptStarted(Now, 1, "17", 0, "0", 4, new ProcessIdentity("n1", "boot", 42, 7), "train", "0.1.0", "n1,10.0.0.1:27301:0123456789abcdef0123456789abcdef"),
        new AttemptStarted(
            Now, 2, "17", 1, null, 1, new ProcessIdentity("n1", "boot", 42, 7), "python train.py", "0.1.0", null, new Allocation("alpha", "gpu", "n[1-2]", 2, 8), "0123abcd", "/scratch/ck"),
        new AttemptStarted(Now, 2, "17", 1, null, 1, new ProcessIdentity("n1", "boot", 42, 7), "train", "0.1.0", Allocation: new(null, null, null, null, null)),
        new Queued(Now, Now, Now, Later),
        new Queued(Now, Now, null, null),
        new FolderTaken(Now, 40),
        new FolderTaken(Now, null),
        new Remembered(Now, 200, 300, [4, 6], 5, "USR2", 59.5),
        new Remembered(Now, null, null, [], null, null, 0),
        new Resumed(Now, 40, "step-0000000040", 1234, 0.5, ["step-0000000050: torn", "b"], ["threads: 1, not 2"], Later),
        new Resumed(Now, 0, null, 0, 0, [], [], null),
        new Resumed(Now, 0, null, 0, 0, [], [], null, 200, "/a/step-0000000020", "lowest loss"),
        new Resumed(Now, 0, null, 0, 0, [], [], null, OverheadPercent: 3.5),
        new Progress(Now, 1, 1, 0.1, 0, 1e-7, new Dictionary<string, double> { ["lossTrain"] = double.PositiveInfinity, ["acc"] = double.NaN, ["low é"] = double.NegativeInfinity, ["x"] = -1.5e300 }),
        new Progress(Now, 0, 0, 0, 0, 0, null, 3.5),
        new Progress(Now, 5, 5, 0.5, 0, 0.5, null, 0, 200),
        new Saved(Now, 50, "schedule", 1234, 0.25, 0.5),
        new SavesSkipped(Now, 3, 10, 30, 9),
        new SaveFailed(Now, 60, "schedule", "no space left"),
        new SaveSlow(Now, 60, 61.25),
        new Pruned(Now, [10, 20]),
        new Pruned(Now, []),
        new Interrupted(Now, "Warning", "USR2", "USR2 from pid 1", Later),
        new Interrupted(Now, "StopFile", null, "a file", null),
        new ShortLead(Now, "USR2", 1.5, 2.5),
        new Hang(Now, 5, 60, 0, "CPU time 0 s"),
        new ForcedStop(Now, 5, 60, "Stepping"),
        new RankLost(Now, 3, 5, "rank 3 on n2: its connection is closed"),
        new LeftInStep(Now, 5),
        new Stopped(Now, 61, 60, "Warning", "Requeue", "because"),
        new Stopped(Now, 61, null, "Warning", "Requeue", "because"),
        new Stopped(Now, 61, 60, "TimeLimit", "Requeue", "because", "COMPLETING, TimeLimit"),
        new ProgramEnded(Now, EndKind.Stopped, 75, true, 40, false, "Warning", EndAction.Requeue, null, "because", "RUNNING", 12.5),
        new ProgramEnded(Now, EndKind.Finished, null, null, null, null, null, EndAction.Leave, 0, "", null, 0),
        new RequeueAnswered(Now, "Refused", "not allowed"),
        new RequeueAnswered(Now, "Done", null),
        new Finished(Now, 200, 300),
        new AttemptEnded(Now, "finished", 200, 0, 12.5),
        new AttemptEnded(Now, "open", 200, null, 12.5),
    ];

    private const string Lines = """
        {"event":"attempt-started","attempt":1,"job":"17_3","restarts":2,"step":"0","world_size":4,"process":{"host":"n1","boot":"boot","pid":42,"start_ticks":7},"program":"train \u003Ca\u003E \u00E4\t\u0022x\u0022 \uD83D\uDE00","cairn_version":"0.1.0","time":"2026-01-02T03:04:05+00:00"}
        {"event":"attempt-started","attempt":1,"restarts":0,"world_size":1,"process":{"host":"n1","boot":"","pid":42,"start_ticks":0},"program":"train","cairn_version":"0.1.0","time":"2026-01-02T03:04:06.234567+00:00"}
        {"event":"attempt-started","attempt":1,"job":"17","restarts":0,"step":"0","world_size":4,"process":{"host":"n1","boot":"boot","pid":42,"start_ticks":7},"program":"train","cairn_version":"0.1.0","control":"n1,10.0.0.1:27301:0123456789abcdef0123456789abcdef","time":"2026-01-02T03:04:05+00:00"}
        {"event":"attempt-started","attempt":2,"job":"17","restarts":1,"world_size":1,"process":{"host":"n1","boot":"boot","pid":42,"start_ticks":7},"program":"python train.py","cairn_version":"0.1.0","allocation":{"cluster":"alpha","partition":"gpu","nodes":"n[1-2]","node_count":2,"gpus":8},"command":"0123abcd","checkpoints":"/scratch/ck","time":"2026-01-02T03:04:05+00:00"}
        {"event":"attempt-started","attempt":2,"job":"17","restarts":1,"world_size":1,"process":{"host":"n1","boot":"boot","pid":42,"start_ticks":7},"program":"train","cairn_version":"0.1.0","allocation":{},"time":"2026-01-02T03:04:05+00:00"}
        {"event":"queued","submitted":"2026-01-02T03:04:05+00:00","eligible":"2026-01-02T03:04:05+00:00","started":"2026-01-02T03:04:06.234567+00:00","time":"2026-01-02T03:04:05+00:00"}
        {"event":"queued","submitted":"2026-01-02T03:04:05+00:00","time":"2026-01-02T03:04:05+00:00"}
        {"event":"folder-taken","newest_checkpoint":40,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"folder-taken","time":"2026-01-02T03:04:05+00:00"}
        {"event":"remembered","finished_step":200,"finished_planned":300,"fruitless":[4,6],"warned_attempt":5,"warned_signal":"USR2","warned_lead_seconds":59.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"remembered","fruitless":[],"warned_lead_seconds":0,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"resumed","step":40,"checkpoint":"step-0000000040","bytes":1234,"seconds":0.5,"skipped":["step-0000000050: torn","b"],"condition_changes":["threads: 1, not 2"],"deadline":"2026-01-02T03:04:06.234567+00:00","time":"2026-01-02T03:04:05+00:00"}
        {"event":"resumed","step":0,"bytes":0,"seconds":0,"skipped":[],"condition_changes":[],"time":"2026-01-02T03:04:05+00:00"}
        {"event":"resumed","step":0,"bytes":0,"seconds":0,"skipped":[],"condition_changes":[],"planned":200,"started_from":"/a/step-0000000020","choice":"lowest loss","time":"2026-01-02T03:04:05+00:00"}
        {"event":"resumed","step":0,"bytes":0,"seconds":0,"skipped":[],"condition_changes":[],"overhead_percent":3.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"progress","step":1,"steps":1,"mean_seconds":0.1,"deviation_seconds":0,"longest_seconds":1E-07,"metrics":{"lossTrain":"Infinity","acc":"NaN","low \u00E9":"-Infinity","x":-1.5E+300},"longest_known_seconds":0,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"progress","step":0,"steps":0,"mean_seconds":0,"deviation_seconds":0,"longest_seconds":0,"longest_known_seconds":3.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"progress","step":5,"steps":5,"mean_seconds":0.5,"deviation_seconds":0,"longest_seconds":0.5,"longest_known_seconds":0,"planned":200,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"saved","step":50,"reason":"schedule","bytes":1234,"seconds":0.25,"durable_seconds":0.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"saves-skipped","count":3,"first_step":10,"last_step":30,"step_in_flight":9,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"save-failed","step":60,"reason":"schedule","error":"no space left","time":"2026-01-02T03:04:05+00:00"}
        {"event":"save-slow","step":60,"seconds":61.25,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"pruned","steps":[10,20],"time":"2026-01-02T03:04:05+00:00"}
        {"event":"pruned","steps":[],"time":"2026-01-02T03:04:05+00:00"}
        {"event":"interrupted","kind":"Warning","signal":"USR2","description":"USR2 from pid 1","deadline":"2026-01-02T03:04:06.234567+00:00","time":"2026-01-02T03:04:05+00:00"}
        {"event":"interrupted","kind":"StopFile","description":"a file","time":"2026-01-02T03:04:05+00:00"}
        {"event":"short-lead","signal":"USR2","lead_seconds":1.5,"needed_seconds":2.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"hang","step":5,"seconds":60,"longest_seconds":0,"detail":"CPU time 0 s","time":"2026-01-02T03:04:05+00:00"}
        {"event":"forced-stop","step":5,"seconds":60,"during":"Stepping","time":"2026-01-02T03:04:05+00:00"}
        {"event":"rank-lost","rank":3,"step":5,"description":"rank 3 on n2: its connection is closed","time":"2026-01-02T03:04:05+00:00"}
        {"event":"left-in-step","step":5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"stopped","step":61,"saved_step":60,"cause":"Warning","action":"Requeue","reason":"because","time":"2026-01-02T03:04:05+00:00"}
        {"event":"stopped","step":61,"cause":"Warning","action":"Requeue","reason":"because","time":"2026-01-02T03:04:05+00:00"}
        {"event":"stopped","step":61,"saved_step":60,"cause":"TimeLimit","action":"Requeue","reason":"because","slurm":"COMPLETING, TimeLimit","time":"2026-01-02T03:04:05+00:00"}
        {"event":"program-ended","kind":"Stopped","exit_code":75,"progress":true,"saved_step":40,"brief":false,"cause":"Warning","action":"Requeue","reason":"because","slurm":"RUNNING","seconds":12.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"program-ended","kind":"Finished","action":"Leave","final":0,"reason":"","seconds":0,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"requeue-answered","result":"Refused","error":"not allowed","time":"2026-01-02T03:04:05+00:00"}
        {"event":"requeue-answered","result":"Done","time":"2026-01-02T03:04:05+00:00"}
        {"event":"finished","step":200,"planned":300,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"attempt-ended","outcome":"finished","step":200,"exit_code":0,"seconds":12.5,"time":"2026-01-02T03:04:05+00:00"}
        {"event":"attempt-ended","outcome":"open","step":200,"seconds":12.5,"time":"2026-01-02T03:04:05+00:00"}
        """;

    [Fact]
    public void Every_event_is_written_as_ever() => Assert.Equal(Lines.ReplaceLineEndings("\n") + "\n", Written());

    [Fact]
    public void Every_event_reads_back_and_is_written_the_same_again() =>
        Assert.Equal(Lines.ReplaceLineEndings("\n") + "\n", Written([.. Read(Lines)]));

    [Fact]
    public void Every_kind_of_event_is_among_them() => Assert.Equal(
        typeof(JournalEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JournalEvent))).ToHashSet(),
        Events.Select(entry => entry.GetType()).ToHashSet());

    // Not written by this version, and read all the same: from another version, or another program.
    [Theory]
    [InlineData("""{"event":"left-in-step","step":5,"time":"2026-01-02T03:04:05+00:00"}""")]
    [InlineData("""{"event":"left-in-step","time":"2026-01-02T03:04:05Z","step":5}""")]
    [InlineData(""" { "event" : "left-in-step" , "more" : { "step" : 6 } , "step" : 5 , "time" : "2026-01-02T03:04:05Z" } """)]
    [InlineData("""{"event":"left-in-step","step":4,"step":5,"time":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"event":"left-in-\u0073tep","st\u0065p":5,"time":"2026-01-02T03:04:05Z"}""")]
    public void A_line_may_have_another_form(string line) => Assert.Equal(new LeftInStep(Now, 5), Assert.Single(Read(line)));

    [Theory]
    [InlineData("""{"event":"left-in-step","time":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"event":"left-in-step","step":0,"time":"2026-01-02T03:04:05Z"}""")]
    public void A_number_that_is_missing_is_0(string line) => Assert.Equal(new LeftInStep(Now, 0), Assert.Single(Read(line)));

    [Fact]
    public void What_is_missing_may_be_anything() => Assert.Equal(
        new Stopped(default, 0, null, null!, null!, null!), Assert.Single(Read("""{"event":"stopped","saved_step":null,"cause":null}""")));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("5")]
    [InlineData("""{"event":"left-in-step","step":5""")]
    [InlineData("""{"event":"left-in-step","step":5} {}""")]
    [InlineData("""{"step":5,"event":"left-in-step"}""")] // the event comes first
    [InlineData("""{"event":"left-in-step","step":5,"event":"left-in-step"}""")]
    [InlineData("""{"event":"later-version","step":5}""")]
    [InlineData("""{"event":7,"step":5}""")]
    [InlineData("""{"event":null,"step":5}""")]
    [InlineData("""{"event":"left-in-step","step":"5"}""")]
    [InlineData("""{"event":"left-in-step","step":5.5}""")]
    [InlineData("""{"event":"left-in-step","step":null}""")]
    [InlineData("""{"event":"left-in-step","step":9223372036854775808}""")]
    [InlineData("""{"event":"left-in-step","step":5,"time":"yesterday"}""")]
    [InlineData("""{"event":"left-in-step","step":5,"time":null}""")]
    [InlineData("""{"event":"save-failed","step":5,"error":7}""")]
    [InlineData("""{"event":"save-failed","step":5,"error":"\ud800"}""")]
    [InlineData("""{"event":"save-slow","step":5,"seconds":"long"}""")]
    [InlineData("""{"event":"save-slow","step":5,"seconds":"nan"}""")]
    [InlineData("""{"event":"pruned","steps":7}""")]
    [InlineData("""{"event":"pruned","steps":[7,null]}""")]
    [InlineData("""{"event":"resumed","skipped":"a"}""")]
    [InlineData("""{"event":"resumed","skipped":[5]}""")]
    [InlineData("""{"event":"progress","metrics":[5]}""")]
    [InlineData("""{"event":"progress","metrics":{"loss":null}}""")]
    [InlineData("""{"event":"attempt-started","process":"n1"}""")]
    [InlineData("""{"event":"attempt-started","process":{"pid":"42"}}""")]
    [InlineData("""{"event":"attempt-started","attempt":2147483648}""")]
    [InlineData("""{"event":"attempt-started","allocation":{"gpus":"8"}}""")]
    [InlineData("""{"event":"program-ended","kind":"Melted"}""")]
    public void A_line_that_cannot_be_read_or_is_not_known_is_left_out(string line) =>
        Assert.Equal([new LeftInStep(Now, 5)], Read(line + "\n" + """{"event":"left-in-step","step":5,"time":"2026-01-02T03:04:05Z"}"""));

    private static IReadOnlyList<JournalEvent> Read(string lines)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(lines));
        return JournalFile.ReadAll(stream);
    }

    private static string Written(params JournalEvent[] events)
    {
        using var folder = new TemporaryFolder();
        var path = folder["journal.jsonl"];
        using (var journal = new Journal(new FileStream(path, FileMode.CreateNew)))
        {
            foreach (var entry in events.Length == 0 ? Events : events)
                journal.Write(entry);
        }

        return File.ReadAllText(path);
    }
}
