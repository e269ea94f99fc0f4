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

    // What -P names: the folder of the journals, or the journal of the claim.
    [Theory]
    [InlineData("attempts", "mkdir", "EIO", "1")]
    [InlineData("attempts", "fsync", "ESTALE", "1")]
    [InlineData("attempts/0001.jsonl", "openat", "ENFILE", "1")]
    [InlineData("attempts/0001.jsonl", "write,pwrite64", "ENOSPC", "1")]
    [InlineData("attempts/0001.jsonl", "fsync,fdatasync", "EIO", "1")]
    public void What_the_folder_does_not_let_do_just_now_is_tried_again(string what, string call, string error, string when)
    {
        var (exitCode, _, messages) = Injected(what, call, error, when);
        Assert.True(exitCode == 0, messages);
        Assert.True(messages.Contains("can't be used now: ", StringComparison.Ordinal), messages + File.ReadAllText(folder["trace"]));
        Assert.Equal(["0001.jsonl"], Directory.GetFiles(folder["checkpoints/attempts"]).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("attempts/0001.jsonl", "openat", "EIO", true)]
    [InlineData("attempts", "mkdir", "EDQUOT", true)]
    [InlineData("attempts/0001.jsonl", "openat", "EROFS", false)]
    [InlineData("attempts", "mkdir", "EACCES", false)]
    public void And_where_that_does_not_help_the_start_is_refused(string what, string call, string error, bool mayPass)
    {
        var (exitCode, lines, messages) = Injected(what, call, error, "1+");
        Assert.Equal(mayPass ? 1 : ExitCodes.NeverRequeue, exitCode);
        Assert.Contains($"cairn: error: the checkpoint folder {folder["checkpoints"]} cannot be used: ", messages, StringComparison.Ordinal);
        Assert.Equal(mayPass, messages.Contains("can't be used now: ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("step ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(116, 1)]
    [InlineData(28, 1)]
    [InlineData(30, ExitCodes.NeverRequeue)]
    [InlineData(20, ExitCodes.NeverRequeue)]
    public void Its_exit_code_says_whether_another_start_may_help(int errno, int exitCode)
    {
        Assert.Equal(exitCode, new CheckpointFolderException("x", new Cairn.Posix.PosixException("mkdir", "x", errno)).ExitCode);
        Assert.Equal(exitCode, new CheckpointFolderException("x", new IOException("x", errno)).ExitCode);
    }

    private (int ExitCode, IReadOnlyList<string> Lines, string Messages) Injected(string what, string call, string error, string when)
    {
        string[] strace = ["strace", "-f", "-qq", "-o", folder["trace"], "-P", folder["checkpoints", what], "-e", "trace=" + call, "-e", $"inject={call}:error={error}:when={when}"];
        using var trainer = Trainer.StartUnder(strace, folder["checkpoints"], steps: 12);
        var (exitCode, lines) = trainer.WaitForEnd();
        Assert.Contains("(INJECTED)", File.ReadAllText(folder["trace"]), StringComparison.Ordinal);
        return (exitCode, lines, trainer.Messages);
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
