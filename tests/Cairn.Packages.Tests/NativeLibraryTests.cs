using Cairn.Shared;
using CliWrap.Buffered;

namespace Cairn.Packages.Tests;

/// <summary>With the package, and no line of the user's own, TorchSharp's native library loads.</summary>
[Trait("Category", "slow")]
public sealed class NativeLibraryTests : IDisposable
{
    private readonly Consumer consumer = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_without_a_runtime_identifier_trains_after_build_and_after_publish()
    {
        consumer.AddTrainer("CSharp");
        await TrainsAsync("build", "any", "runtimes/linux-x64/native/");
        await TrainsAsync("publish", "any-published", "runtimes/linux-x64/native/");
    }

    [Fact]
    public async Task A_program_with_a_runtime_identifier_trains_after_build_and_after_publish()
    {
        consumer.AddTrainer("CSharp");
        await TrainsAsync("build", "linux", "", "-r", "linux-x64", "--self-contained", "false");
        await TrainsAsync("publish", "linux-published", "", "-r", "linux-x64", "--self-contained", "false");
    }

    [Fact]
    public async Task The_copy_is_made_once_and_made_again_when_it_is_gone()
    {
        consumer.AddTrainer("CSharp");
        var copy = consumer["CSharp/obj/Debug/net10.0/cairn/runtimes/linux-x64/native/libLibTorchSharp.so"];

        await consumer.DotnetAsync("build", "CSharp", "-o", consumer["again"]);
        var made = File.GetLastWriteTimeUtc(copy);
        File.Delete(consumer["again/runtimes/linux-x64/native/libLibTorchSharp.so"]);
        await consumer.DotnetAsync("build", "CSharp", "-o", consumer["again"]);
        Assert.Equal(made, File.GetLastWriteTimeUtc(copy));
        Assert.Equal(Consumer.Hash(copy), Consumer.Hash(consumer["again/runtimes/linux-x64/native/libLibTorchSharp.so"]));

        File.Delete(copy);
        await consumer.DotnetAsync("build", "CSharp", "-o", consumer["again"]);
        Assert.True(File.Exists(copy));
    }

    [Fact]
    public async Task On_a_system_that_is_too_old_the_program_says_so_before_TorchSharp_does()
    {
        consumer.AddTrainer("CSharp");
        await consumer.DotnetAsync("build", "CSharp", "-o", consumer["old"]);
        // The system's own library, of which one version has another name. It does for .NET too, but not for its ICU.
        var cxx = File.ReadLines("/proc/self/maps").First(line => line.Contains("/libstdc++.so.6", StringComparison.Ordinal)).Split(' ')[^1];
        var image = await File.ReadAllBytesAsync(cxx, Cancellation);
        for (var at = 0; (at = image.AsSpan(at).IndexOf("GLIBCXX_3.4.30\0"u8) is var more && more >= 0 ? at + more : -1) >= 0; at++)
            image[at + "GLIBCXX_3.4.3".Length] = (byte)'x';
        Directory.CreateDirectory(consumer["lib"]);
        await File.WriteAllBytesAsync(consumer["lib/libstdc++.so.6"], image, Cancellation);

        var result = await consumer.Run(consumer["old/Trainer"])
            .WithEnvironmentVariables(variables => variables.Set("LD_LIBRARY_PATH", consumer["lib"]).Set("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"))
            .ExecuteBufferedAsync(Cancellation);

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("TorchSharp can't be loaded here", result.StandardError, StringComparison.Ordinal);
        Assert.Contains($"needed are GLIBCXX_3.4.30; {consumer["lib/libstdc++.so.6"]} has up to", result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("doesn't contain a reference", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }

    private async Task TrainsAsync(string command, string output, string libraries, params string[] more)
    {
        var (cached, before) = (PackageCache.TorchSharpLibrary, Consumer.Hash(PackageCache.TorchSharpLibrary));
        await consumer.DotnetAsync([command, "CSharp", "-o", consumer[output], .. more]);
        var result = await consumer.Run(consumer[$"{output}/Trainer"]).WithArguments(["0", output + ".dat"]).ExecuteBufferedAsync(Cancellation);

        Assert.True(result.IsSuccess, result.StandardOutput + result.StandardError);
        Assert.Contains("step 199", result.StandardOutput, StringComparison.Ordinal);
        // The next program begins anew.
        Directory.Delete(consumer["checkpoints"], recursive: true);
        // Output files may be hard links into the cache: this one must not be.
        Assert.NotEqual(before, Consumer.Hash(consumer[$"{output}/{libraries}libLibTorchSharp.so"]));
        Assert.Equal(before, Consumer.Hash(cached));
    }

    public void Dispose() => consumer.Dispose();
}
