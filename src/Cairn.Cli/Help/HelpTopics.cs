namespace Cairn.Cli.Help;

/// <summary>The texts of <c>cairn help TOPIC</c>: a file of <c>Topics/</c> each, whose first line says what it is about.</summary>
internal static class HelpTopics
{
    private const string Prefix = "help/";
    private const string Suffix = ".txt";

    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(HelpTopics).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    public static string Text(string name) => Resource.Read($"{Prefix}{name}{Suffix}");

    public static string Title(string name) => FirstLine.Of(Text(name));
}
