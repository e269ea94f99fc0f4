using System.Text.RegularExpressions;

namespace Cairn.Tests.Checkpoints;

/// <summary>What a save asks of the kernel, seen and disturbed by strace: the order of a commit, and what each call's failure does.</summary>
public sealed partial class SystemCallTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SystemCallTests() => Strace.Need();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Everything_is_on_the_disk_before_the_one_rename_and_the_name_after_it()
    {
        await SaveOnce();
        using (var program = Traced("--trace=fsync,rename", "-y"))
        {
            Assert.Equal("restored 1\ndurable 2\n", await program.End());
        }

        // The rename that fails is the one that would move a broken checkpoint of that step aside: there is none.
        var calls = File.ReadLines(folder["trace"])
            .Where(line => !line.Contains("ENOENT", StringComparison.Ordinal))
            .Select(line => Call().Match(line))
            .Where(match => match.Success)
            .Select(match => $"{match.Groups["call"].Value} {Temporary().Replace(match.Groups["path"].Value.Replace(folder["checkpoints"], "", StringComparison.Ordinal), "TEMPORARY")}")
            .Take(6)
            .ToList();

        // The payload files' own order is chance.
        Assert.Equal(
            [
                "fsync /TEMPORARY/state.frozen.safetensors",
                "fsync /TEMPORARY/state.safetensors",
                "fsync /TEMPORARY/checkpoint.json",
                "fsync /TEMPORARY",
                "rename /TEMPORARY",
                "fsync ",
            ],
            calls.Take(2).Order(StringComparer.Ordinal).Concat(calls.Skip(2)));
    }

    // strace counts each thread's calls by themselves, and which thread does what is chance: so one by one, until none is hit any more.
    [Theory]
    [InlineData("fallocate", "EDQUOT")]
    [InlineData("fallocate", "ENOSPC")]
    [InlineData("pwrite64", "EIO")]
    [InlineData("pwrite64", "ENOSPC")]
    [InlineData("pwrite64", "EDQUOT")]
    [InlineData("ftruncate", "EIO")]
    [InlineData("fsync", "EIO")]
    [InlineData("fsync", "ENOSPC")]
    [InlineData("rename", "EACCES")]
    [InlineData("rename", "ENOSPC")]
    public async Task A_call_that_fails_fails_the_save_and_harms_nothing(string call, string error)
    {
        await SaveOnce();
        for (var which = 1; ; which++)
        {
            string said;
            using (var program = Traced($"--inject={call}:error={error}:when={which}"))
                said = await program.End();
            if (!File.ReadAllText(folder["trace"]).Contains("(INJECTED)", StringComparison.Ordinal))
            {
                Assert.Equal("restored 1\ndurable 2\n", said);
                Assert.True(which > 1, $"no {call} was hit: nothing was proved");
                return;
            }

            Assert.StartsWith("restored 1\nfailed checkpoint 2 was not written: " + call.Replace("64", "", StringComparison.Ordinal), said, StringComparison.Ordinal);
            Assert.Equal(["step-0000000001"], Stores.Names(folder["checkpoints"]));
            Assert.Empty(Stores.At(folder["checkpoints"]).List()[0].Verify());
        }
    }

    [Theory]
    [InlineData("fallocate", "EINTR")]
    [InlineData("fallocate", "EOPNOTSUPP")]
    [InlineData("pwrite64", "EINTR")]
    [InlineData("fsync", "EINTR")]
    [InlineData("flock", "EINTR")]
    [InlineData("flock", "ENOSYS")]
    public async Task A_call_that_is_interrupted_or_not_known_does_not_fail_the_save(string call, string error)
    {
        await SaveOnce();
        using var program = Traced($"--inject={call}:error={error}:when=1+2");

        Assert.Equal("restored 1\ndurable 2\n", await program.End());
        Assert.Contains(error, File.ReadAllText(folder["trace"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_that_is_interrupted_goes_on()
    {
        await SaveOnce();
        using var program = Traced("--inject=pread64:error=EINTR:when=1+2", "-P", folder["checkpoints", "step-0000000001", "state.safetensors"]);

        Assert.Equal("restored 1\ndurable 2\n", await program.End());
        Assert.Contains("EINTR", File.ReadAllText(folder["trace"]), StringComparison.Ordinal);
    }

    [GeneratedRegex("""\b(?<call>fsync|rename)\((\d+<|")(?<path>[^">]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    [GeneratedRegex(@"\.saving-step-0000000002-attempt-2-[0-9a-f]{32}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Temporary();

    private SaveLoopProgram Traced(params string[] options) =>
        SaveLoopProgram.Start(folder["checkpoints"], attempt: 2, bytes: 100_000, SaveMode.Synchronous, saves: 1, ["strace", "-f", "-o", folder["trace"], .. options]);

    private async Task SaveOnce()
    {
        using var program = SaveLoopProgram.Start(folder["checkpoints"], attempt: 1, bytes: 100_000, SaveMode.Synchronous, saves: 1);
        Assert.Equal("restored nothing\ndurable 1\n", await program.End());
    }
}
