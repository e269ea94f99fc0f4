using Cairn.Posix;

namespace Cairn.Tests.Checkpoints;

public class FileStatusTests
{
    /// <summary>By a part of a second a journal that was cut off is older than its last touch.</summary>
    [Theory]
    [InlineData("2026-11-29T11:47:14.4091817+00:00", "2026-11-29T11:47:14.4091817+00:00")]
    [InlineData("2026-11-29T11:47:14.9999999+00:00", "2026-11-29T11:47:14.9999999+00:00")]
    [InlineData("1960-01-01T00:00:00.0000000+00:00", "1970-01-01T00:00:00.0000000+00:00")]
    public void A_file_was_changed_when_it_says_to_the_part_of_a_second(string set, string told)
    {
        var file = Path.GetTempFileName();
        try
        {
            var culture = System.Globalization.CultureInfo.InvariantCulture;
            File.SetLastWriteTimeUtc(file, DateTimeOffset.Parse(set, culture).UtcDateTime);
            Assert.Equal(DateTimeOffset.Parse(told, culture), FileStatus.At(file)!.Value.Changed);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
