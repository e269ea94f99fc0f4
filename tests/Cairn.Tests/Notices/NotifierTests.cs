using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Cairn.Notices;

namespace Cairn.Tests.Notices;

/// <summary>A real command is told, on its standard input; one that fails, hangs or is not there costs a sentence and no more.</summary>
public sealed class NotifierTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<string> said = [];

    private string Told => folder["told"];

    [Fact]
    public void Each_notice_is_a_line_of_JSON_on_its_standard_input_and_no_shell_looks_at_its_arguments()
    {
        var notifier = new Notifier([Script($"echo \"$1\" >> {Told}; cat >> {Told}"), "$HOME; `id`"], said.Enqueue);
        notifier.Tell(new(Notice.Requeued, DateTimeOffset.UnixEpoch, "17_3", 2, "n1", "/a \"b\"", 40, 30, "TimeLimit", "because\nof that"));
        notifier.Tell(new(Notice.Finished, DateTimeOffset.UnixEpoch, null, 3, "n1", null, null, null, null, ""));
        notifier.Await(Long);
        Assert.Empty(said);
        Assert.Equal(
            """
            $HOME; `id`
            {"event":"requeued","time":"1970-01-01T00:00:00+00:00","job":"17_3","attempt":2,"host":"n1","folder":"/a \u0022b\u0022","step":40,"saved_step":30,"cause":"TimeLimit","reason":"because\nof that"}
            $HOME; `id`
            {"event":"finished","time":"1970-01-01T00:00:00+00:00","job":null,"attempt":3,"host":"n1","folder":null,"step":null,"saved_step":null,"cause":null,"reason":""}

            """,
            File.ReadAllText(Told));
    }

    [Fact]
    public void One_that_fails_is_named_with_what_it_says()
    {
        var notifier = new Notifier([Script("echo no route to host >&2; exit 3")], said.Enqueue);
        notifier.Tell(Any);
        notifier.Await(Long);
        Assert.EndsWith("was not told: it ended with code 3: no route to host", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_not_there_is_named()
    {
        var notifier = new Notifier([folder["missing"]], said.Enqueue);
        notifier.Tell(Any);
        notifier.Await(Long);
        Assert.Contains("missing cannot be started", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_hangs_is_waited_for_no_longer_than_it_may_be()
    {
        var notifier = new Notifier([Script($"echo $$ > {Told}; exec sleep 300")], said.Enqueue);
        notifier.Tell(Any);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Told) && File.ReadAllText(Told).EndsWith('\n'), Long));
        notifier.Await(TimeSpan.FromMilliseconds(50));
        Assert.EndsWith("is not waited for any longer: it has not ended within 50 ms", Assert.Single(said), StringComparison.Ordinal);
        Process.GetProcessById(int.Parse(File.ReadAllText(Told), System.Globalization.CultureInfo.InvariantCulture)).Kill();
    }

    [Fact]
    public void What_it_has_no_time_for_is_named()
    {
        var notifier = new Notifier([Script($"echo $$ > {Told}; exec sleep 300")], said.Enqueue);
        for (var i = 0; i < 25; i++)
            notifier.Tell(Any);
        Assert.InRange(said.Count, 4, 5);
        Assert.EndsWith("is not told of 'given-up': 20 notices wait for it already", said.First(), StringComparison.Ordinal);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Told) && File.ReadAllText(Told).EndsWith('\n'), Long));
        Process.GetProcessById(int.Parse(File.ReadAllText(Told), System.Globalization.CultureInfo.InvariantCulture)).Kill();
    }

    [Theory]
    [InlineData(true, null, 2)]
    [InlineData(false, null, 10)]
    [InlineData(true, 600, 2)]
    [InlineData(true, 5, 0.5)]
    [InlineData(false, 30, 3)]
    [InlineData(false, -1, 0)]
    public void An_end_waits_for_a_small_part_of_the_time_that_is_left(bool isRequeued, int? left, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Notifier.Patience(isRequeued, left is { } known ? TimeSpan.FromSeconds(known) : null));

    [Fact]
    public void A_run_tells_of_its_end()
    {
        var script = Script($"cat >> {Told}");
        using (var run = TrainingRun.Open(folder["checkpoints"], new() { Notify = [script], Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance }))
        {
            run.Track("model", Checkpoints.TestPart.Model(1));
            foreach (var step in run.Steps(20))
                _ = step;
            Assert.Equal(0, run.Finish());
        }

        using var told = JsonDocument.Parse(File.ReadAllText(Told));
        Assert.Equal(
            ("finished", 20, folder["checkpoints"]),
            (told.RootElement.GetProperty("event").GetString(), told.RootElement.GetProperty("step").GetInt32(), told.RootElement.GetProperty("folder").GetString()));
    }

    [Fact]
    public void A_run_tells_of_the_first_of_several_saves_that_fail()
    {
        var script = Script($"cat >> {Told}");
        using (var run = TrainingRun.Open(folder["checkpoints"], new() { Notify = [script], Save = SaveSchedule.Never, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance }))
        {
            run.Track("model", Checkpoints.TestPart.Model(1));
            run.Restore();
            Posix.PosixDirectory.Rename(folder["checkpoints/attempts"], folder["attempts"]);
            Assert.Throws<CheckpointWriteException>(() => run.Save(1).Wait());
            Assert.Throws<CheckpointWriteException>(() => run.Save(2).Wait());
            Posix.PosixDirectory.Rename(folder["attempts"], folder["checkpoints/attempts"]);
            run.Boundary(3, last: true);
            Assert.Equal(0, run.Finish());
        }

        var told = File.ReadLines(Told).Select(line => JsonDocument.Parse(line).RootElement).Select(one => (one.GetProperty("event").GetString(), one.GetProperty("step").GetInt32()));
        Assert.Equal([("save-failed", 1), ("finished", 3)], told);
    }

    public void Dispose() => folder.Dispose();

    private static Notice Any => new(Notice.GivenUp, DateTimeOffset.UnixEpoch, null, 1, "n1", null, null, null, null, "");

    private string Script(string text)
    {
        ExecutableFile.Write(folder["notify"], "#!/bin/sh\n" + text + "\n");
        return folder["notify"];
    }
}
