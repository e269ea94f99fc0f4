namespace Cairn.Cli.Help;

/// <summary>A text that is part of the program.</summary>
internal static class Resource
{
    public static string Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no resource {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
