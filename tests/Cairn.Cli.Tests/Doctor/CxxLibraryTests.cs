using System.Text;
using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Tests.Doctor;

/// <summary>The version of the C++ library, out of its bytes.</summary>
public class CxxLibraryTests
{
    [Theory]
    [InlineData("\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.29\0", 30)]
    [InlineData("\0GLIBCXX_3.4\0GLIBCXX_TUNABLES\0", null)]
    [InlineData("\0GLIBCXX_3.4.x\0GLIBCXX_3.4.12345\0GLIBCXX_3.4.7", null)]
    [InlineData("", null)]
    public void The_newest_version_counts_by_its_number(string bytes, int? newest) =>
        Assert.Equal(newest, CxxLibrary.NewestIn(Encoding.Latin1.GetBytes(bytes)));

    [Fact]
    public void The_library_of_this_machine_is_found()
    {
        // This very program has loaded it.
        var loaded = File.ReadLines("/proc/self/maps").FirstOrDefault(line => line.Contains("libstdc++.so.6", StringComparison.Ordinal));
        Assert.SkipWhen(loaded is null, "no C++ library is loaded here");
        Assert.True(CxxLibrary.Find() is { Newest: > 0 }, "not found");
    }
}
