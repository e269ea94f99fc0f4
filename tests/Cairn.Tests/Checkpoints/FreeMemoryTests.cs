using Cairn.Checkpoints.Writing;
using Cairn.Posix;

namespace Cairn.Tests.Checkpoints;

/// <summary>What may still be taken, by the kernel's files as they look on the machines of today and yesterday.</summary>
public sealed class FreeMemoryTests : IDisposable
{
    private readonly TemporaryFolder root = new();

    [Theory]
    [InlineData(100, 1000, true)]
    [InlineData(874, 1000, true)]
    [InlineData(876, 1000, false)]
    [InlineData(1000, 1000, false)]
    [InlineData(9_700_000_000, 10_000_000_000, true)]
    [InlineData(9_800_000_000, 10_000_000_000, false)]
    public void Some_of_it_is_left_for_others(long needed, long free, bool expected) => Assert.Equal(expected, StagedState.Fits(needed, free));

    [Fact]
    public void Without_a_limit_it_is_what_the_machine_has_left()
    {
        Put("proc/meminfo", "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n");
        Assert.Equal(20_000_000L * 1024, FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void The_least_of_all_groups_above_the_process_counts_in_version_1()
    {
        Put("proc/meminfo", "MemAvailable:   20000000 kB\n");
        Put("proc/self/cgroup", "9:name=systemd:/slurm\n4:memory:/slurm/uid_7/job_17/step_0\n0::/\n");
        Put("proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:3 - cgroup cgroup rw,memory\n");
        Version1("slurm/uid_7/job_17", 500_000_000, 450_000_000, 100_000_000);
        Version1("slurm/uid_7/job_17/step_0", 9223372036854771712, 450_000_000, 100_000_000);
        Version1("", 9223372036854771712, 4_000_000_000, 0);
        Assert.Equal(150_000_000, FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void And_in_version_2()
    {
        Put("proc/meminfo", "MemAvailable:   20000000 kB\n");
        Put("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_17/step_0\n");
        Put("proc/self/mountinfo", "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
        Version2("system.slice/slurmstepd.scope/job_17", "500000000", 450_000_000, 0);
        Version2("system.slice/slurmstepd.scope/job_17/step_0", "max", 400_000_000, 0);
        Assert.Equal(50_000_000, FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void In_a_container_the_mount_shows_the_process_its_own_part_alone()
    {
        Put("proc/self/cgroup", "0::/docker/1234\n");
        Put("proc/self/mountinfo", "30 23 0:27 /docker/1234 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n");
        Version2("", "500000000", 100_000_000, 0);
        Assert.Equal(400_000_000, FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void What_the_kernel_does_not_tell_or_tells_in_another_way_limits_nothing()
    {
        Assert.Null(FreeMemory.Bytes(root.Path));
        Put("proc/meminfo", "MemAvailable: some kB\n");
        Put("proc/self/cgroup", "x\n0::/../../etc\n");
        Put("proc/self/mountinfo", "30 23 - cgroup2\n - \n");
        Assert.Null(FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void A_usage_beyond_the_limit_leaves_nothing()
    {
        Put("proc/self/cgroup", "0::/\n");
        Put("proc/self/mountinfo", "30 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Version2("", "100", 200, 0);
        Assert.Equal(0, FreeMemory.Bytes(root.Path));
    }

    public void Dispose() => root.Dispose();

    private void Version1(string group, long limit, long usage, long cache)
    {
        var folder = Path.Combine("sys/fs/cgroup/memory", group);
        Put(folder + "/memory.limit_in_bytes", limit + "\n");
        Put(folder + "/memory.usage_in_bytes", usage + "\n");
        Put(folder + "/memory.stat", $"cache 1\ninactive_file 7\ntotal_inactive_file {cache}\n");
    }

    private void Version2(string group, string limit, long usage, long cache)
    {
        var folder = Path.Combine("sys/fs/cgroup", group);
        Put(folder + "/memory.max", limit + "\n");
        Put(folder + "/memory.current", usage + "\n");
        Put(folder + "/memory.stat", $"anon 5\ninactive_file {cache}\n");
    }

    private void Put(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root[file])!);
        File.WriteAllText(root[file], text);
    }
}
