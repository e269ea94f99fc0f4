using Cairn.Shared;

namespace Cairn.TorchSharp.Tests.Native;

public sealed class LoadProblemTests
{
    private const string Library = "/job/libLibTorchSharp.so";

    private static readonly List<VersionNeed> Needs =
    [
        new("libstdc++.so.6", "GLIBCXX_3.4.30", isWeak: false),
        new("libstdc++.so.6", "GLIBCXX_3.4.9", isWeak: false),
        new("libstdc++.so.6", "CXXABI_1.3.13", isWeak: false),
        new("libstdc++.so.6", "GLIBCXX_3.4.32", isWeak: true),
        new("libc.so.6", "GLIBC_2.34", isWeak: false),
        new("libtorch.so", "TORCH_2", isWeak: false),
    ];

    private static readonly SystemLibrary NewCxx = new("libstdc++.so.6", "/usr/lib/libstdc++.so.6.0.30", ["GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "CXXABI_1.3.13"]);
    private static readonly SystemLibrary OldCxx = new("libstdc++.so.6", "/usr/lib64/libstdc++.so.6.0.29", ["GLIBCXX_3.4.9", "GLIBCXX_3.4.29", "GLIBCXX_3.4.10", "CXXABI_1.3.13"]);
    private static readonly SystemLibrary NewC = new("libc.so.6", "/usr/lib/libc.so.6", ["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_PRIVATE"]);
    private static readonly SystemLibrary OldC = new("libc.so.6", "/lib64/libc-2.28.so", ["GLIBC_2.2.5", "GLIBC_2.28", "GLIBC_2.3", "GLIBC_PRIVATE"]);

    [Fact]
    public void Nothing_is_said_where_all_that_is_needed_is_there_but_for_what_is_weak() =>
        Assert.Null(LoadProblem.Find(Library, Needs, [NewCxx, NewC]));

    [Fact]
    public void Needs_of_a_library_that_was_not_found_are_not_judged() => Assert.Null(LoadProblem.Find(Library, Needs, []));

    [Fact]
    public void A_cxx_library_that_is_too_old_is_named_with_what_it_has_and_what_to_do()
    {
        Assert.Equal(
            """
            TorchSharp can't be loaded here: /job/libLibTorchSharp.so needs more than this system has.
              libstdc++.so.6: needed are GLIBCXX_3.4.30; /usr/lib64/libstdc++.so.6.0.29 has up to GLIBCXX_3.4.29. Load a module of a newer gcc before the program starts, or put conda's libraries first: export LD_LIBRARY_PATH=$CONDA_PREFIX/lib:$LD_LIBRARY_PATH
            """,
            LoadProblem.Find(Library, Needs, [OldCxx, NewC]));
    }

    [Fact]
    public void A_c_library_that_is_too_old_can_only_be_left_with_the_system()
    {
        Assert.Equal(
            """
            TorchSharp can't be loaded here: /job/libLibTorchSharp.so needs more than this system has.
              libc.so.6: needed are GLIBC_2.34; /lib64/libc-2.28.so has up to GLIBC_2.28. It belongs to the system: use a node with a newer one, or a container (Apptainer).
            """,
            LoadProblem.Find(Library, Needs, [NewCxx, OldC]));
    }

    [Fact]
    public void Both_are_named_at_once_where_both_are_too_old()
    {
        var problem = LoadProblem.Find(Library, Needs, [OldCxx, OldC])!;
        Assert.Contains("GLIBCXX_3.4.29", problem, StringComparison.Ordinal);
        Assert.Contains("GLIBC_2.28", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_missing_versions_are_told_in_the_order_of_their_numbers()
    {
        SystemLibrary ancient = new("libstdc++.so.6", "/usr/lib64/libstdc++.so.6.0.5", []);
        Assert.Contains(
            "needed are CXXABI_1.3.13, GLIBCXX_3.4.9, GLIBCXX_3.4.30; /usr/lib64/libstdc++.so.6.0.5 has no such version.",
            LoadProblem.Find(Library, Needs, [ancient]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_of_the_package_needs_the_builds_help_where_only_its_mark_is_missing()
    {
        var error = Assert.Throws<TorchNativeException>(() => TorchNative.EnsureLoadable(PackageCache.TorchSharpLibrary, [AllNeedsOf("GLIBCXX_3.4.32")]));

        Assert.Equal(ExitCodes.NeverRequeue, error.ExitCode);
        Assert.Contains("needed are GLIBCXX_3.4.32;", error.Message, StringComparison.Ordinal);
        Assert.Contains("build the program with the targets of the package Cairn.TorchSharp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_build_helps_where_a_version_is_missing_that_the_library_uses()
    {
        var error = Assert.Throws<TorchNativeException>(() => TorchNative.EnsureLoadable(PackageCache.TorchSharpLibrary, [AllNeedsOf("GLIBCXX_3.4.30")]));
        Assert.DoesNotContain("targets of the package", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_copy_that_the_build_made_can_be_loaded()
    {
        var system = AllNeedsOf("GLIBCXX_3.4.32");
        TorchNative.EnsureLoadable(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"), [system]);
        TorchNative.EnsureLoadable();
    }

    [Fact]
    public void A_damaged_library_is_named_before_TorchSharp_looks_for_a_package()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, File.ReadAllBytes(PackageCache.TorchSharpLibrary)[..100_000]);
            var error = Assert.Throws<TorchNativeException>(() => TorchNative.EnsureLoadable(path, []));
            Assert.Contains($"{path} is damaged", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("GLIBCXX_3.4", "GLIBCXX_3.4.1")]
    [InlineData("GLIBCXX_3.4.9", "GLIBCXX_3.4.10")]
    [InlineData("GLIBC_2.2.5", "GLIBC_2.17")]
    [InlineData("GLIBC_2.9", "GLIBC_3.0")]
    [InlineData("GLIBC_PRIVATE", "GLIBC_2.0")]
    [InlineData("CXXABI_1.3.13", "GLIBCXX_3.4")]
    [InlineData("GCC_7.0.0", "GCC_7.0.0.1")]
    public void Versions_are_ordered_by_series_and_number(string lower, string higher)
    {
        Assert.True(VersionOrder.Instance.Compare(lower, higher) < 0);
        Assert.True(VersionOrder.Instance.Compare(higher, lower) > 0);
        Assert.Equal(0, VersionOrder.Instance.Compare(lower, lower));
    }

    // A C++ library that has all that the package's library needs, but for one version.
    private static SystemLibrary AllNeedsOf(string but)
    {
        using var file = File.OpenRead(PackageCache.TorchSharpLibrary);
        return new("libstdc++.so.6", "/usr/lib/libstdc++.so.6", [.. new ElfLibrary(file).ReadNeeds().Select(need => need.Version).Where(version => version != but)]);
    }
}
