using System.Reflection;

namespace Cairn.Shared;

/// <summary>Where the packages and the sources are that this test program was built from.</summary>
internal static class PackageCache
{
    public static string Folder { get; } = Metadata("PackageCache");

    public static string RepositoryFolder { get; } = Metadata("RepositoryFolder");

    public static string TorchSharpVersion { get; } = Metadata("TorchSharpVersion");

    public static string BackendVersion { get; } = Metadata("BackendVersion");

    public static string TorchSharpLibrary { get; } = Path.Combine(Folder, "torchsharp", TorchSharpVersion, "runtimes/linux-x64/native/libLibTorchSharp.so");

    private static string Metadata(string key) =>
        typeof(PackageCache).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
