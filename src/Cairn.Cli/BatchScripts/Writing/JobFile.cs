using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>A job's settings in TOML, read from the syntax tree: nothing is mapped to types by reflection.</summary>
internal static class JobFile
{
    private const string ProgramKey = "program";

    /// <param name="path">For messages.</param>
    /// <param name="text">The file's text.</param>
    /// <exception cref="UsageException">It is no TOML, or says what is no setting; the message names the line.</exception>
    public static JobValues Parse(string path, string text)
    {
        var document = Syntax(path, text);
        if (document.HasErrors)
        {
            var error = document.Diagnostics.First(message => message.Kind == DiagnosticMessageKind.Error);
            throw new UsageException($"{path}:{error.Span.Start.Line + 1}: {error.Message}");
        }

        var values = new JobValues();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in document.KeyValues)
            Read(path, entry, values, seen);
        foreach (var table in document.Tables)
        {
            var name = Name(table.Name);
            if (name != "env" || table is not TableSyntax || !seen.Add(name))
                throw new UsageException($"{path}:{Line(table)}: [{name}] is no table of a job's file; there is [env] alone, and settings stand above it.");
            values.Set(name, table.Items.Select(entry => new Given(
                $"{Name(entry.Key)}={Scalar(entry.Value) ?? throw NoScalar(path, entry)}", $"{path}:{Line(entry)}: env")));
        }

        return values;
    }

    private static DocumentSyntax Syntax(string path, string text)
    {
        try
        {
            return SyntaxParser.Parse(text, path, true);
        }
        catch (TomlException)
        {
            // What else is wrong with it is among the document's errors.
            throw new UsageException($"{path}: lists or tables are nested more deeply than any setting's.");
        }
    }

    private static void Read(string path, KeyValueSyntax entry, JobValues values, HashSet<string> seen)
    {
        var name = Name(entry.Key).Replace('_', '-');
        var where = $"{path}:{Line(entry)}: {name}";
        if (!seen.Add(name))
            throw new UsageException($"{where} is there already.");
        if (name == ProgramKey)
        {
            values.Program = entry.Value is ArraySyntax words
                ? [.. words.Items.Select(item => Scalar(item.Value) ?? throw NoScalar(path, entry))]
                : throw new UsageException($"{where}: write the program and its arguments as a list: [\"python\", \"train.py\"].");
            return;
        }

        var setting = JobSetting.Find(name) ?? throw new UsageException($"{where} is no setting; `cairn init` writes a file with all of them.");
        if (entry.Value is ArraySyntax list)
        {
            if (!setting.Many)
                throw new UsageException($"{where} takes one value, not a list.");
            values.Set(name, list.Items.Select(item => new Given(Scalar(item.Value) ?? throw NoScalar(path, entry), where)));
            return;
        }

        values.Set(name, [new(Scalar(entry.Value) ?? throw NoScalar(path, entry), where)]);
    }

    private static string? Scalar(ValueSyntax? value) => value switch
    {
        StringValueSyntax text => text.Value,
        IntegerValueSyntax number => number.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };

    private static UsageException NoScalar(string path, KeyValueSyntax entry) =>
        new($"{path}:{Line(entry)}: {Name(entry.Key)}: write text in quotes, or a whole number.");

    private static string Name(KeySyntax? key) => key is null ? "" : string.Concat(Part(key.Key), string.Concat(key.DotKeys.Select(dotted => "." + Part(dotted.Key))));

    private static string Part(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax text => text.Value ?? "",
        _ => "",
    };

    private static int Line(SyntaxNodeBase node) => node.Span.Start.Line + 1;
}
