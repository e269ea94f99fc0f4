using System.Text;
using Cairn.Attempts;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn metrics</c> as a process.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tells_a_line_a_metric()
    {
        Make();
        var run = await _folder.CairnAsync("metrics");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        var cells = run.StandardOutput.Split('\n').Select(line => string.Join(' ', line.Split(['|', '│'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))).ToList();
        Assert.Contains("loss 5 1 5 0.5 0.5 5 8 1", cells);
        Assert.Contains("rate, \"x\" 1 5 5 NaN", cells);
        Assert.Contains("1 more were reported in steps that a later attempt did again", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_every_value_that_counts_as_csv()
    {
        Make();
        var run = await _folder.CairnAsync("metrics", "checkpoints", "--format", "csv");
        Assert.Equal(
            """"
            metric,step,value,time,attempt
            loss,1,8,2026-05-01T12:00:01.000000Z,1
            loss,2,4,2026-05-01T12:00:02.000000Z,1
            loss,3,2.5,2026-05-01T12:01:03.000000Z,2
            loss,4,1,2026-05-01T12:01:04.000000Z,2
            loss,5,0.5,2026-05-01T12:01:05.000000Z,2
            "rate, ""x""",5,NaN,2026-05-01T12:01:06.500000Z,2

            """",
            run.StandardOutput);
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
    }

    [Fact]
    public async Task Gives_the_wanted_ones_as_json()
    {
        Make();
        var json = await _folder.JsonAsync(0, "metrics", "--metric", "rate, \"x\"");
        Assert.Equal((_folder.Path, 1), (json.GetProperty("folder").GetString(), json.GetProperty("left_out").GetInt32()));
        var metric = Assert.Single(json.GetProperty("metrics").EnumerateArray());
        Assert.Equal("rate, \"x\"", metric.GetProperty("name").GetString());
        var value = Assert.Single(metric.GetProperty("values").EnumerateArray());
        Assert.Equal((5, "NaN", MadeFolder.After(66.5), 2), (value.GetProperty("step").GetInt64(), value.GetProperty("value").GetString(), value.GetProperty("time").GetDateTimeOffset(), value.GetProperty("attempt").GetInt32()));
        Assert.Equal(2, (await _folder.JsonAsync(0, "metrics", "--metric", "loss", "--metric", "rate, \"x\"")).GetProperty("metrics").GetArrayLength());
    }

    /// <summary>Their steps stand there, too, alone where they came without a value.</summary>
    [Fact]
    public async Task What_a_program_under_cairn_run_reported_is_joined_over_its_attempts_and_jobs()
    {
        // Stopped and saved at 2; killed behind 4, of which 3 was saved; submitted again as another job.
        Wrapped("cluster-9", 1, "train", [(1, 10), (2, 20)], new ProgramEnded(MadeFolder.After(9), EndKind.Stopped, 75, true, 2, null, "Warning", EndAction.Requeue, null, "stopped", null, 9));
        Wrapped("cluster-9", 2, "train", [(3, 30), (4, 40)]);
        Wrapped("cluster-10", 1, "train", [(4, 41), (5, 50)]);
        var run = await _folder.CairnAsync("metrics", "checkpoints", "--format", "csv");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        Assert.Equal(["loss,1,10", "loss,2,20", "loss,3,30", "loss,4,41", "loss,5,50"], run.StandardOutput.Split('\n')[1..^1].Select(line => string.Join(',', line.Split(',')[..3])));
        Assert.Equal(1, (await _folder.JsonAsync(0, "metrics", "checkpoints")).GetProperty("left_out").GetInt32());
    }

    /// <summary>Their steps stand there, too, alone where they came without a value.</summary>
    [Fact]
    public async Task Of_several_programs_under_cairn_run_in_one_folder_the_newest_is_told_of_and_the_others_are_named()
    {
        Wrapped("cluster-7", 1, "train", [(1, 7)]);
        Wrapped("cluster-6", 1, "other", [(1, 6)]);
        File.AppendAllText(AttemptFiles.Metrics(_folder[".cairn-run", "cluster-6"], 1), """{"step": 3, "total": 30, "time": "2026-05-01T12:00:03.000Z"}""" + "\n");
        var run = await _folder.CairnAsync("metrics", "checkpoints", "--format", "csv");
        Assert.Equal("metric,step,value,time,attempt\nloss,1,7,2026-05-01T12:00:01.000000Z,1\n", run.StandardOutput);
        Assert.Equal($"cairn: 2 runs of cairn run are told of in {_folder.Path}: this is the newest, {_folder[".cairn-run", "cluster-7"]}; name another's folder to see that\n", run.StandardError);
        var other = await _folder.CairnAsync("metrics", "checkpoints/.cairn-run/cluster-6", "--format", "csv");
        Assert.Equal(("metric,step,value,time,attempt\nloss,1,6,2026-05-01T12:00:01.000000Z,1\n", ""), (other.StandardOutput, other.StandardError));
    }

    private void Wrapped(string job, int attempt, string command, (long Step, int Value)[] reports, params JournalEvent[] events)
    {
        var folder = _folder[".cairn-run", job];
        Directory.CreateDirectory(AttemptFiles.Folder(folder));
        Journal.Append(AttemptFiles.Journal(folder, attempt), [new AttemptStarted(MadeFolder.After(0), attempt, job.Split('-')[1], attempt - 1, null, 1, MadeFolder.DeadProcess, "train", "1.0", Command: command), .. events]);
        File.WriteAllLines(AttemptFiles.Metrics(folder, attempt), reports.Select(report => $$"""{"step": {{report.Step}}, "total": 30, "metric": "loss", "value": {{report.Value}}, "time": "2026-05-01T12:00:{{report.Step:00}}.000Z"}"""));
    }

    [Fact]
    public async Task TensorBoards_own_messages_read_the_file_and_writing_again_replaces_it()
    {
        Make();
        for (var i = 0; i < 2; i++)
        {
            var run = await _folder.CairnAsync("metrics", "--tensorboard", _folder["..", "runs", "first"]);
            Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
            Assert.Contains("6 values of 2 metric(s)", run.StandardOutput, StringComparison.Ordinal);
        }

        var file = Assert.Single(Directory.GetFiles(_folder["..", "runs", "first"]));
        Assert.Contains(".tfevents", file, StringComparison.Ordinal);
        var events = Records(File.ReadAllBytes(file)).Select(record => Tensorboard.Event.Parser.ParseFrom(record)).ToList();
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal(
            ["loss 1 8", "loss 2 4", "loss 3 2.5", "loss 4 1", "loss 5 0.5", "rate, \"x\" 5 NaN"],
            events.Skip(1).Select(one => (one, Value: Assert.Single(one.Summary.Value))).Select(one => $"{one.Value.Tag} {one.one.Step} {one.Value.SimpleValue}"));
        Assert.Equal(MadeFolder.After(66.5).ToUnixTimeMilliseconds() / 1000.0, events[^1].WallTime);
    }

    [Fact]
    public async Task A_line_that_was_cut_off_is_told_of()
    {
        Make();
        File.AppendAllText(AttemptFiles.Metrics(_folder.Path, 2), "{\"step\":6,\"metric\":\"lo");
        var run = await _folder.CairnAsync("metrics", "--format", "csv");
        Assert.Equal((0, 7), (run.ExitCode, run.StandardOutput.Split('\n').Length - 1));
        Assert.Contains("0002.metrics: 1 line(s) are no reports", run.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a link")]
    [InlineData("a folder")]
    [InlineData("without a journal")]
    public async Task What_cannot_be_read_is_told_of_and_the_rest_is_there(string what)
    {
        Make();
        var second = AttemptFiles.Metrics(_folder.Path, 2);
        if (what == "without a journal")
        {
            File.Delete(AttemptFiles.Journal(_folder.Path, 2));
        }
        else
        {
            File.Move(second, _folder["moved"]);
            if (what == "a link")
                File.CreateSymbolicLink(second, _folder["moved"]);
            else
                Directory.CreateDirectory(second);
        }

        var run = await _folder.CairnAsync("metrics", "--format", "csv");
        Assert.Contains(what == "without a journal" ? "what attempt 2 reported is left out" : "0002.metrics cannot be read", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("loss,2,4,", run.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("loss,5", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_million_reports_are_read()
    {
        _folder.Attempt(1, null, MadeFolder.DeadProcess, From(0));
        using (var file = new MetricsFile(AttemptFiles.Metrics(_folder.Path, 1)))
        {
            foreach (var thousand in Enumerable.Range(1, 1_000_000).Chunk(1000))
                file.Add(() => [.. thousand.Select(step => new MetricReport(step, "loss", 1.0 / step, MadeFolder.After(step)))]);
        }

        var run = await _folder.CairnAsync("metrics");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        Assert.Contains("1000000", run.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing was reported", 0, "metrics", "empty")]
    [InlineData("There is no folder", 2, "metrics", "nowhere")]
    [InlineData("--format xml: use table, csv or json", 2, "metrics", "--format", "xml")]
    [InlineData("los was never reported; there are loss, rate", 2, "metrics", "--metric", "los")]
    [InlineData("los was never reported, and nothing else was", 2, "metrics", "empty", "--metric", "los")]
    [InlineData("choose one of them", 2, "metrics", "--format", "csv", "--tensorboard", "runs")]
    [InlineData("takes a whole folder", 2, "metrics", "checkpoints/step-0000000010")]
    [InlineData("There is no option --bogus", 2, "metrics", "--bogus")]
    [InlineData("file", 69, "metrics", "--tensorboard", "file/runs")]
    public async Task Says_what_is_wrong(string message, int code, params string[] arguments)
    {
        Make();
        _folder.Save(10);
        File.WriteAllText(_folder["..", "file"], "");
        Directory.CreateDirectory(_folder["..", "empty"]);
        var run = await _folder.CairnAsync(arguments);
        Assert.Contains(message, run.StandardError + run.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(code, run.ExitCode);
    }

    private static Resumed From(long step) => new(MadeFolder.After(0), step, null, 0, 0, [], [], null);

    // Attempt 1 was killed in step 4 after it had saved step 2.
    private void Make()
    {
        _folder.Attempt(1, null, MadeFolder.DeadProcess, From(0), new Saved(MadeFolder.After(2), 2, "schedule", 1, 0, 0))
            .Attempt(2, 2, MadeFolder.DeadProcess, From(2));
        Write(1, new(1, "loss", 8, MadeFolder.After(1)), new(2, "loss", 4, MadeFolder.After(2)), new(3, "loss", 3, MadeFolder.After(3)));
        Write(2, new(3, "loss", 2.5, MadeFolder.After(63)), new(4, "loss", 1, MadeFolder.After(64)), new(5, "loss", 0.5, MadeFolder.After(65)), new(5, "rate, \"x\"", double.NaN, MadeFolder.After(66.5)));
    }

    private void Write(int attempt, params MetricReport[] reports)
    {
        using var file = new MetricsFile(AttemptFiles.Metrics(_folder.Path, attempt));
        file.Add(() => reports);
    }

    // By TensorFlow's description of a TFRecord; the checksum bit by bit, from its polynomial.
    private static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        using var reader = new BinaryReader(new MemoryStream(file));
        while (reader.BaseStream.Position < file.Length)
        {
            var length = reader.ReadBytes(8);
            Assert.Equal(Masked(length), reader.ReadUInt32());
            var data = reader.ReadBytes((int)BitConverter.ToInt64(length));
            Assert.Equal(Masked(data), reader.ReadUInt32());
            records.Add(data);
        }

        Assert.Equal(0xe3069283, Crc32C(Encoding.ASCII.GetBytes("123456789")));
        return records;
    }

    private static uint Masked(byte[] bytes) => Crc32C(bytes) is var crc ? unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u) : 0;

    private static uint Crc32C(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82f63b78;
        }

        return ~crc;
    }
}
