using Cairn.Cli.LocalScheduler.Imitations;

namespace Cairn.Cli.Tests.LocalScheduler;

public sealed class HostNamesTests
{
    // As printed by scontrol show hostnames.
    [Theory]
    [InlineData("n1", "n1")]
    [InlineData("n[1-3,07],b", "n1 n2 n3 n07 b")]
    [InlineData("a[08-11]x", "a08x a09x a10x a11x")]
    [InlineData("r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2")]
    public void Lists_are_expanded(string list, string expected)
    {
        Assert.True(HostNames.TryExpand(list, out var names));
        Assert.Equal(expected.Split(' '), names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("n[1-")]
    [InlineData("n[3-1]")]
    [InlineData("n[a]")]
    [InlineData("n]")]
    [InlineData("n[0-99999999]")]
    public void Broken_lists_are_refused(string list) => Assert.False(HostNames.TryExpand(list, out _));
}
