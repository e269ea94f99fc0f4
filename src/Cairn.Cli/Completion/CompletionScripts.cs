using Cairn.Cli.Help;

namespace Cairn.Cli.Completion;

/// <summary>What makes a shell ask this program; a file of <c>Scripts/</c> each.</summary>
internal static class CompletionScripts
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    public static string Text(string shell) => Resource.Read($"completion/cairn.{shell}");
}
