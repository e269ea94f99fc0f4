using Cairn.Checkpoints.Writing;
using Xunit;

namespace Cairn.Tests.Checkpoints;

public sealed class StreamingCopyTests
{
    [Fact]
    public void Every_byte_is_copied_and_no_other_wherever_it_begins_and_ends()
    {
        var source = new byte[80_000];
        Random.Shared.NextBytes(source);
        foreach (var length in new[] { 0, 1, 63, 64, 1000, 65_535, 65_536, 65_537, 65_599, 70_001 })
        {
            for (var shift = 0; shift < 130; shift++)
            {
                var target = new byte[80_200];
                StreamingCopy.To(source.AsSpan(shift % 7, length), target.AsSpan(shift));
                Assert.True(target.AsSpan(shift, length).SequenceEqual(source.AsSpan(shift % 7, length)), $"{length} bytes to {shift}");
                Assert.False(target.AsSpan(0, shift).ContainsAnyExcept((byte)0) || target.AsSpan(shift + length).ContainsAnyExcept((byte)0), $"{length} bytes to {shift}");
            }
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamingCopy.To(new byte[100_000], new byte[99_999]));
}
