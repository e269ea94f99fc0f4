using System.Reflection;

namespace Cairn;

internal static class CairnVersion
{
    /// <summary>The library's version with its commit, for records that later versions read.</summary>
    public static string Text { get; } =
        typeof(CairnVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
