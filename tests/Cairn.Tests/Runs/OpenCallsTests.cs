using System.Text.RegularExpressions;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>What a start asks of the kernel, seen by strace.</summary>
public sealed partial class OpenCallsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public OpenCallsTests() => Strace.Need();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Folders_that_a_run_makes_and_its_claim_last()
    {
        var checkpoints = folder["new", "checkpoints"];
        var calls = Trace("mkdir,fsync,open,openat", checkpoints)
            .Select(line => Call().Match(line))
            .Where(match => match.Success)
            .Select(match => $"{match.Groups["call"].Value} {match.Groups["path"].Value.Replace(folder.Path, "", StringComparison.Ordinal)}")
            .Where(call => call.StartsWith("mkdir /new", StringComparison.Ordinal) || call.StartsWith("fsync ", StringComparison.Ordinal) || call.EndsWith("0001.jsonl", StringComparison.Ordinal))
            .Distinct()
            .Take(9)
            .ToList();

        Assert.Equal(
            [
                "mkdir /new", "fsync ", "mkdir /new/checkpoints", "fsync /new", "mkdir /new/checkpoints/attempts", "fsync /new/checkpoints",
                "openat /new/checkpoints/attempts/0001.jsonl", "fsync /new/checkpoints/attempts/0001.jsonl", "fsync /new/checkpoints/attempts",
            ],
            calls);
    }

    [Fact]
    public void A_start_and_a_stop_read_no_more_journals_than_they_need()
    {
        for (var steps = 1; steps <= 20; steps++)
            Trace("none", folder["c"], steps);
        var opened = Trace("open,openat", folder["c"], 100, "--mode", "break", "--at", "30")
            .Select(line => Call().Match(line).Groups["path"].Value)
            .Where(path => path.EndsWith(".jsonl", StringComparison.Ordinal))
            .Distinct()
            .ToList();
        Assert.InRange(opened.Count, 2, 5);
    }

    [GeneratedRegex("""\b(?<call>mkdir|fsync|openat?)\((AT_FDCWD[^,]*, )?(\d+<|")(?<path>[^">]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    private IEnumerable<string> Trace(string calls, string checkpoints, long steps = 12, params string[] arguments)
    {
        using (var trainer = Trainer.StartUnder(["strace", "-f", "-y", "-o", folder["trace"], "--trace=" + calls], checkpoints, steps, arguments))
            trainer.WaitForEnd();
        return File.ReadLines(folder["trace"]);
    }
}
