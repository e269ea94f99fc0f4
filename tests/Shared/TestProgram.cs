using System.Reflection;

namespace Cairn.Shared;

/// <summary>The programs of tests/Programs that are compiled beforehand.</summary>
internal static class TestProgram
{
    /// <summary>The program of this name.</summary>
    public static string At(string name) => Path.Combine(FolderOf(name), name);

    /// <summary>The folder that holds the program of this name and what it needs: as native code if eng/test.sh has made it, but in the long form.</summary>
    public static string FolderOf(string name) =>
        Environment.GetEnvironmentVariable("CAIRN_ARTIFACTS") is { Length: > 0 } artifacts && Environment.GetEnvironmentVariable("CAIRN_LONG") is null or ""
            && Path.GetFullPath(Path.Combine("test-programs", name), Path.GetFullPath(artifacts)) is var native && Directory.Exists(native)
            ? native
            : FolderOnRuntime(name);

    /// <summary>The program of this name on .NET's runtime, where a test wants what that alone does.</summary>
    public static string OnRuntime(string name) => Path.Combine(FolderOnRuntime(name), name);

    // Those of Trainers are one program, which has a folder of sources for each.
    private static string FolderOnRuntime(string name) => Path.Combine(
        Metadata("TestPrograms"), Directory.Exists(Path.Combine(Metadata("TestPrograms"), "Trainers", name)) ? "Trainers" : name, Metadata("TestProgramFolder"));

    private static string Metadata(string key) =>
        typeof(TestProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
