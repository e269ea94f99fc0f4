using Cairn.Shared;

namespace Cairn.TorchSharp.Tests.Native;

public sealed class ElfLibraryTests
{
    private const string Cxx = "libstdc++.so.6";

    private static readonly byte[] Original = File.ReadAllBytes(PackageCache.TorchSharpLibrary);

    [Fact]
    public void The_versions_that_a_library_needs_are_read_with_the_libraries_that_have_them()
    {
        var needs = new ElfLibrary(new MemoryStream(Original)).ReadNeeds();

        Assert.Contains(needs, need => need is { Library: Cxx, Version: "GLIBCXX_3.4.30", IsWeak: false });
        Assert.Contains(needs, need => need is { Library: "libc.so.6", Version: "GLIBC_2.34", IsWeak: false });
        Assert.Contains(needs, need => need is { Library: "libgcc_s.so.1", Version: "GCC_3.0" });
    }

    [Fact]
    public void The_versions_that_the_systems_libraries_provide_are_read()
    {
        var system = SystemLibrary.FindLoaded();

        var cxx = Assert.Single(system, library => library.Name == Cxx);
        Assert.Contains("GLIBCXX_3.4", cxx.Versions);
        Assert.Contains("CXXABI_1.3", cxx.Versions);
        Assert.DoesNotContain(Cxx, cxx.Versions);
        Assert.Contains("GLIBC_2.17", Assert.Single(system, library => library.Name == "libc.so.6").Versions);
    }

    [Fact]
    public void Only_the_version_that_no_relocation_uses_becomes_weak_and_nothing_else_changes()
    {
        var image = (byte[])Original.Clone();

        Assert.Equal(["GLIBCXX_3.4.32"], ElfLibrary.WeakenUnusedNeeds(image, Cxx));

        var changed = Enumerable.Range(0, image.Length).Where(i => image[i] != Original[i]).ToList();
        var need = Assert.Single(new ElfLibrary(new MemoryStream(image)).ReadNeeds(), need => need.IsWeak);
        Assert.Equal(("GLIBCXX_3.4.32", need.FlagsAt), (need.Version, Assert.Single(changed)));
    }

    [Fact]
    public void What_is_weak_already_is_left_alone()
    {
        var image = (byte[])Original.Clone();
        ElfLibrary.WeakenUnusedNeeds(image, Cxx);
        var once = (byte[])image.Clone();

        Assert.Empty(ElfLibrary.WeakenUnusedNeeds(image, Cxx));
        Assert.Equal(once, image);
    }

    [Fact]
    public void A_version_that_a_relocation_uses_stays_strong()
    {
        // The marker's symbol, given to a symbol that is used: the first relocation of the table that has one.
        var image = (byte[])Original.Clone();
        var needs = new ElfLibrary(new MemoryStream(image)).ReadNeeds();
        var (marker, used) = (needs.Single(need => need.Version == "GLIBCXX_3.4.32"), needs.Single(need => need.Version == "GLIBCXX_3.4.30"));
        Assert.True(new ElfLibrary(new MemoryStream(image)).Uses(used));
        // vna_other follows vna_flags: the two needs swap their numbers.
        (image[marker.FlagsAt + 2], image[used.FlagsAt + 2]) = (image[used.FlagsAt + 2], image[marker.FlagsAt + 2]);

        Assert.Equal(["GLIBCXX_3.4.30"], ElfLibrary.WeakenUnusedNeeds(image, Cxx));
    }

    [Fact]
    public void A_library_without_such_needs_stays_as_it_is()
    {
        var image = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libc10.so"));
        var before = (byte[])image.Clone();

        Assert.Empty(ElfLibrary.WeakenUnusedNeeds(image, Cxx));
        Assert.Equal(before, image);
    }

    [Fact]
    public void A_truncated_library_is_named_as_such_and_not_changed()
    {
        // At the tables of versions, symbols and relocations, and all over the file.
        for (var length = 64; length < 0x60000; length += 7919)
            AssertRefused(Original[..length], "byte|address");
    }

    [Theory]
    [InlineData("", "not an ELF library")]
    [InlineData("#!/bin/sh\necho no library, but long enough to have the header of one, if only its bytes were those of a header", "not an ELF library")]
    public void Text_is_no_library(string text, string expected) => AssertRefused(System.Text.Encoding.ASCII.GetBytes(text), expected);

    [Fact]
    public void A_library_of_32_bits_is_named_as_such()
    {
        var image = (byte[])Original.Clone();
        image[4] = 1;
        AssertRefused(image, "not of 64 bits");
    }

    [Fact]
    public void Random_damage_is_refused_or_harmless_and_never_an_endless_loop()
    {
        var random = new Random(32);
        for (var round = 0; round < 200; round++)
        {
            var image = (byte[])Original.Clone();
            // The headers, the tables of versions, and the dynamic segment.
            foreach (var (start, size) in new[] { (0, 0x298), (0x3d000, 0x2c00), (0x1d4b18, 0x240) })
                random.NextBytes(image.AsSpan(start + random.Next(size - 4), 4));
            var before = (byte[])image.Clone();
            try
            {
                ElfLibrary.WeakenUnusedNeeds(image, Cxx);
            }
            catch (InvalidDataException)
            {
                Assert.Equal(before, image);
            }
        }
    }

    private static void AssertRefused(byte[] image, string expected)
    {
        var before = (byte[])image.Clone();
        var error = Assert.Throws<InvalidDataException>(() => ElfLibrary.WeakenUnusedNeeds(image, Cxx));
        Assert.Matches(expected, error.Message);
        Assert.Equal(before, image);
    }
}
