using System.Reflection;

namespace Cairn.Shared;

/// <summary>The programs of tests/Programs that are compiled beforehand.</summary>
internal static class TestProgram
{
    /// <summary>The program of this name.</summary>
    public static string At(string name) => Path.Combine(FolderOf(name), name);

    /// <summary>The folder that holds the program of this name and what it needs.</summary>
    public static string FolderOf(string name) => Path.Combine(Metadata("TestPrograms"), name, Metadata("TestProgramFolder"));

    private static string Metadata(string key) =>
        typeof(TestProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
