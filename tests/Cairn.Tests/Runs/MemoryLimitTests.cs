using Cairn.Attempts;

namespace Cairn.Tests.Runs;

/// <summary>A real memory cgroup, as Slurm makes one for <c>--mem</c>: a copy of the state that does not fit must not get the job killed.</summary>
public class MemoryLimitTests
{
    private const int State = 150_000_000;

    [Fact]
    public void Where_there_is_no_memory_for_a_copy_the_state_is_streamed_and_the_job_lives()
    {
        using var group = MemoryGroup.Make(State + 130_000_000);
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(
            ["/bin/sh", "-c", $"echo $$ > {group.Processes} && exec \"$@\"", "sh"], folder.Path, 20, "--size", State.ToString(), "--save-every", "5");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        Assert.Contains("the state cannot be copied (it takes 150 MB", trainer.Messages, StringComparison.Ordinal);
        Assert.Equal([5L, 10L, 15L, 20L], AttemptStory.ReadAll(folder.Path).Single().Events.OfType<Saved>().Select(saved => saved.Step));
    }

    [Fact]
    public void Where_there_is_memory_it_is_copied()
    {
        using var group = MemoryGroup.Make(State * 2 + 600_000_000L);
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.StartUnder(
            ["/bin/sh", "-c", $"echo $$ > {group.Processes} && exec \"$@\"", "sh"], folder.Path, 20, "--size", State.ToString(), "--save-every", "5");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        Assert.DoesNotContain("cannot be copied", trainer.Messages, StringComparison.Ordinal);
    }

    /// <summary>A memory cgroup of version 1 or 2; gone with the test.</summary>
    private sealed class MemoryGroup(string folder) : IDisposable
    {
        public string Processes => Path.Combine(folder, "cgroup.procs");

        public static MemoryGroup Make(long limit)
        {
            var (top, file) = Directory.Exists("/sys/fs/cgroup/memory") ? ("/sys/fs/cgroup/memory", "memory.limit_in_bytes") : ("/sys/fs/cgroup", "memory.max");
            var folder = Path.Combine(top, "cairn-test-" + Guid.NewGuid().ToString("N")[..8]);
            try
            {
                Directory.CreateDirectory(folder);
                File.WriteAllText(Path.Combine(folder, file), limit.ToString());
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder);
                Assert.Skip($"a memory cgroup cannot be made here: {error.Message}");
            }

            return new MemoryGroup(folder);
        }

        // The processes in it have ended, but the kernel may take a moment to see them off.
        public void Dispose() => Assert.True(SpinWait.SpinUntil(IsGone, TimeSpan.FromSeconds(30)), $"{folder} could not be removed");

        private bool IsGone()
        {
            try
            {
                Directory.Delete(folder);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
