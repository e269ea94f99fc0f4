using System.CommandLine;
using System.CommandLine.Parsing;
using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.Help;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Commands;

/// <summary>The options that describe a job, for <c>cairn script</c> and <c>cairn submit</c>.</summary>
internal sealed class JobOptions
{
    private const int LargestFile = 1 << 20;

    private readonly Option<string?> _config = new("--config") { HelpName = "FILE", Description = "a job's settings in TOML (cairn init writes one); options win over it" };
    private readonly (JobSetting Setting, Option<string[]> Option)[] _settings =
        [.. JobSetting.All.Select(setting => (setting, new Option<string[]>("--" + setting.Name) { HelpName = setting.HelpName, Description = setting.Description + (setting.Many ? "; may be given several times" : "") }))];

    public IEnumerable<Option> All => [_config, .. _settings.Select(setting => setting.Option)];

    /// <summary>What was said, in the file and by options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="program">The words behind --.</param>
    public JobValues Read(ParseResult parsed, IReadOnlyList<string> program)
    {
        var values = new JobValues();
        if (parsed.GetValue(_config) is { } path)
            values.Override(JobFile.Parse(path, ReadFile(path)));
        var options = new JobValues { Program = program };
        foreach (var (setting, option) in _settings)
        {
            if (parsed.GetValue(option) is not { Length: > 0 } given)
                continue;
            if (given.Length > 1 && !setting.Many)
                throw new UsageException($"--{setting.Name} is given {given.Length} times.");
            options.Set(setting.Name, given.Select(text => new Given(text, "--" + setting.Name)));
        }

        values.Override(options);
        if (values.One("mpi") is { Text: MpiChoice.Auto } asked)
            values.Set("mpi", [MpiChoice.Resolve(asked, Cluster.Ask().Steps.MpiType, MpiFacts.ReadTypes())]);
        return values;
    }

    /// <summary>The words before -- and those behind it.</summary>
    public static (string[] Before, string[] After) Split(ParseResult parsed, Argument<string[]> words)
    {
        var given = parsed.GetValue(words) ?? [];
        var after = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        var before = given[..^after];
        // What the parser does not know as an option it takes for a word.
        if (Array.Find(before, word => word.Length > 1 && word[0] == '-') is { } unknown)
            throw new UsageException($"{UnknownWord.Option(parsed.CommandResult.Command, unknown)} What is meant for the program goes after --.");
        return (before, given[^after..]);
    }

    private static string ReadFile(string path)
    {
        try
        {
            // A byte order mark is no part of the text.
            var text = new StreamReader(new MemoryStream(NamedFile.Read(path, LargestFile))).ReadToEnd();
            return text.Contains('\0', StringComparison.Ordinal) ? throw new NamedFileException("is a binary file") : text;
        }
        catch (NamedFileException error)
        {
            throw new UsageException($"--config {path}: {error.Message}");
        }
    }

    /// <summary>The findings of a script whose log folder will be there when it is submitted.</summary>
    public static IReadOnlyList<Finding> Lint(string path, string text, IReadOnlyList<string> made)
    {
        var around = SurroundingsReader.Of(path, Cluster.Ask(), stepAndSave: null);
        return Linter.Check(LintedScript.Parse(path, text, around with { IsMissing = folder => made.Contains(folder, StringComparer.Ordinal) ? false : around.IsMissing(folder) }));
    }
}
