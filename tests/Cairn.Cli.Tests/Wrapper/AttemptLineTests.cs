using Cairn.Cli.Tests.Running;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>The bytes of the wrapper's journal, and what of a damaged one counts.</summary>
public sealed class AttemptLineTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(1));

    private readonly Sandbox _sandbox = new();

    private string Journal => _sandbox.At("attempts.jsonl");

    [Fact]
    public void A_line_an_attempt_is_added()
    {
        AttemptLine[] lines =
        [
            new(Time, 1, EndKind.Crashed, 139, false, EndAction.Requeue, "\"ümläut\" + <\n>") { Command = "0123abcd", Step = 40, Brief = true, Final = 3 },
            new(default, 2, EndKind.AskedForRequeue, null, null, EndAction.Leave, ""),
        ];
        foreach (var line in lines)
            AttemptLines.Add(Journal, line);
        Assert.Equal(
            """
            {"time":"2026-03-04T05:06:07.089+01:00","attempt":1,"kind":"Crashed","code":139,"progress":false,"action":"Requeue","reason":"\u0022\u00FCml\u00E4ut\u0022 \u002B \u003C\n\u003E","command":"0123abcd","step":40,"brief":true,"final":3}
            {"time":"0001-01-01T00:00:00+00:00","attempt":2,"kind":"AskedForRequeue","code":null,"progress":null,"action":"Leave","reason":"","command":null,"brief":null,"final":null}

            """,
            File.ReadAllText(Journal));
        Assert.Equal(lines, AttemptLines.Read(Journal));
    }

    [Fact]
    public void Every_way_to_end_comes_back()
    {
        AttemptLine[] lines = [.. Enum.GetValues<EndKind>().Select((kind, index) => new AttemptLine(Time, index + 1, kind, index, index % 2 == 0, EndAction.Leave, kind.ToString()))];
        foreach (var line in lines)
            AttemptLines.Add(Journal, line);
        Assert.Equal(lines, AttemptLines.Read(Journal));
    }

    [Theory]
    [InlineData("{}", 0, "Finished", null)]
    [InlineData("""{"attempt":7}""", 7, "Finished", null)]
    [InlineData("""{"attempt":7,"other":[{"a":null},1e999]}""", 7, "Finished", null)]
    [InlineData("""{"attempt":8,"attempt":7}""", 7, "Finished", null)]
    [InlineData("""{"attempt":"x","attempt":7}""", 7, "Finished", null)]
    [InlineData("""{"Attempt":8}""", 0, "Finished", null)]
    [InlineData("""{"\u0061ttempt":7}""", 7, "Finished", null)]
    [InlineData("""{"kind":"hung"}""", 0, "Hung", null)]
    [InlineData("""{"kind":" Hung "}""", 0, "Hung", null)]
    [InlineData("""{"kind":"Stopped, Killed"}""", 0, "Killed", null)]
    [InlineData("""{"kind":5}""", 0, "Crashed", null)]
    [InlineData("""{"kind":"5"}""", 0, "Crashed", null)]
    [InlineData("""{"kind":99}""", 0, "99", null)]
    [InlineData("""{"reason":"a","reason":null}""", 0, "Finished", null)]
    [InlineData("""  {"reason":"a"}  """, 0, "Finished", "a")]
    public void What_is_missing_or_unknown_does_no_harm(string line, int attempt, string kind, string? reason) =>
        Assert.Equal([new(default, attempt, Enum.Parse<EndKind>(kind), null, null, EndAction.Leave, reason!)], Read(line));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{\"attempt\":7")]
    [InlineData("""{"attempt":7,}""")]
    [InlineData("""{"attempt":7} {}""")]
    [InlineData("""{"attempt":7} // seven""")]
    [InlineData("""{"attempt":"7"}""")]
    [InlineData("""{"attempt":null}""")]
    [InlineData("""{"attempt":7.0}""")]
    [InlineData("""{"attempt":99999999999999999999}""")]
    [InlineData("""{"attempt":{}}""")]
    [InlineData("""{"code":"1"}""")]
    [InlineData("""{"code":2147483648}""")]
    [InlineData("""{"progress":"true"}""")]
    [InlineData("""{"progress":1}""")]
    [InlineData("""{"time":"yesterday"}""")]
    [InlineData("""{"time":null}""")]
    [InlineData("""{"time":1}""")]
    [InlineData("""{"kind":"Melted"}""")]
    [InlineData("""{"kind":""}""")]
    [InlineData("""{"kind":null}""")]
    [InlineData("""{"kind":5.5}""")]
    [InlineData("""{"kind":["Hung"]}""")]
    [InlineData("""{"kind":99999999999999999999}""")]
    [InlineData("""{"kind":"99999999999999999999"}""")]
    [InlineData("""{"action":true}""")]
    [InlineData("""{"reason":7}""")]
    [InlineData("""{"reason":"\ud800"}""")]
    [InlineData("""{"reason":["a"]}""")]
    public void A_line_that_cannot_be_read_is_left_out(string line) => Assert.Empty(Read(line));

    [Fact]
    public void Sixty_four_levels_are_read_and_no_more()
    {
        Assert.Single(Read($"{{\"deep\":{new string('[', 63)}{new string(']', 63)}}}"));
        Assert.Empty(Read($"{{\"deep\":{new string('[', 64)}{new string(']', 64)}}}"));
    }

    public void Dispose() => _sandbox.Dispose();

    // Between two that are whole, which must be there all the same.
    private IReadOnlyList<AttemptLine> Read(string line)
    {
        _sandbox.Write("attempts.jsonl", $"{{\"attempt\":1001}}\n{line}\n{{\"attempt\":1002}}\n");
        var read = AttemptLines.Read(Journal);
        Assert.Equal((1001, 1002), (read[0].Attempt, read[^1].Attempt));
        return [.. read.Skip(1).SkipLast(1)];
    }
}
