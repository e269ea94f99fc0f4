using Cairn.Attempts;
using Cairn.Cli.Tests.Running;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>The wrapper's journal of Cairn before 1.0, which stays readable: its lines as they were written, and what of a damaged one counts.</summary>
public sealed class OldJournalTests : IDisposable
{
    private const string Recorded =
        """
        {"time":"2026-03-04T04:06:07.089+00:00","attempt":1,"kind":"Began","code":null,"progress":null,"action":"Leave","reason":"","command":"0123abcd","brief":null,"final":null}
        {"time":"2026-03-04T05:06:07.089+00:00","attempt":1,"kind":"Stopped","code":75,"progress":true,"action":"Requeue","reason":"the program has stopped and saved at step 40: requeueing job 17","command":"0123abcd","step":40,"brief":false,"final":null}
        {"time":"2026-03-04T05:08:07.089+00:00","attempt":2,"kind":"Began","code":null,"progress":null,"action":"Leave","reason":"","command":"0123abcd","brief":null,"final":null}
        {"time":"2026-03-04T05:09:07.089+00:00","attempt":2,"kind":"Crashed","code":139,"progress":false,"action":"Requeue","reason":"the program was ended by SEGV: requeueing job 17","command":"0123abcd","brief":true,"final":null}
        {"time":"2026-03-04T05:09:09.089+00:00","attempt":2,"kind":"Crashed","code":139,"progress":false,"action":"Leave","reason":"\u0022\u00FCml\u00E4ut\u0022","command":"0123abcd","brief":true,"final":139}
        {"time":"2026-03-04T06:08:07.089+00:00","attempt":3,"kind":"Began","code":null,"progress":null,"action":"Leave","reason":"","command":"0123abcd","brief":null,"final":null}
        """;

    private readonly Sandbox _sandbox = new();

    [Fact]
    public void What_was_recorded_is_read()
    {
        var read = Read(Recorded + "\n{\"time\":\"2026-03-04T06:0");
        Assert.Equal([1, 2, 3], read.Select(one => one.Number));
        Assert.All(read, one => Assert.Equal("0123abcd", one.Command));
        Assert.Equal(
            new ProgramEnded(
                new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero), EndKind.Stopped, 75, true, 40, false, null, EndAction.Requeue, null,
                "the program has stopped and saved at step 40: requeueing job 17", null, 0),
            read[0].End);
        Assert.Equal("the program has stopped and saved at step 40", read[0].ReasonAlone);
        Assert.Equal((139, "\"ümläut\""), (read[1].End!.Final, read[1].End!.Reason)); // the last line of the attempt
        Assert.Null(read[2].End);
    }

    [Fact]
    public void It_goes_before_the_journals_of_later_attempts()
    {
        _sandbox.Write("journal.jsonl", Recorded);
        Directory.CreateDirectory(_sandbox.At("attempts"));
        Journal.Append(
            AttemptFiles.Journal(_sandbox.Folder, 3),
            new AttemptStarted(default, 3, "17", 2, null, 1, new("n1", "", 1, 1), "train", "1.0", Command: "0123abcd"),
            new ProgramEnded(default, EndKind.Crashed, 139, false, null, true, null, EndAction.Requeue, null, "", null, 1));
        var read = JobJournal.Read(_sandbox.Folder, "0123abcd");
        Assert.Equal([1, 2, 3, 3], read.Select(one => one.Number));
        Assert.Contains("it is crash 3 in a row", CrashGuard.WhyNotAgain(read, new(4, "0123abcd", read[^1].End), 2, 200), StringComparison.Ordinal);
        Assert.Equal(40, WrappedAttempt.Newest(read, one => one.End?.SavedStep is not null)!.End!.SavedStep);
    }

    [Theory]
    [InlineData("""{"attempt":7}""", 7, "Finished")]
    [InlineData("""{"attempt":7,"other":[{"a":null},1e999]}""", 7, "Finished")]
    [InlineData("""{"kind":"hung","attempt":7}""", 7, "Hung")]
    public void What_is_missing_or_unknown_does_no_harm(string line, int attempt, string kind)
    {
        var read = Assert.Single(Read(line));
        Assert.Equal((attempt, kind), (read.Number, read.End!.Kind.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"attempt\":7")]
    [InlineData("""{"attempt":"7"}""")]
    [InlineData("""{"attempt":null}""")]
    [InlineData("""{"attempt":7,"code":"1"}""")]
    [InlineData("""{"attempt":7,"progress":1}""")]
    [InlineData("""{"attempt":7,"time":"yesterday"}""")]
    [InlineData("""{"attempt":7,"kind":"Melted"}""")]
    [InlineData("""{"attempt":7,"reason":"\ud800"}""")]
    public void A_line_that_cannot_be_read_is_left_out(string line) => Assert.Empty(Read(line));

    public void Dispose() => _sandbox.Dispose();

    private List<WrappedAttempt> Read(string lines)
    {
        _sandbox.Write("journal.jsonl", lines + "\n");
        return OldJournal.Read(_sandbox.Folder);
    }
}
