namespace Cairn.Cli.Lint.Rules;

/// <summary>--image, --container-image and the like.</summary>
internal static class OptionOfPlugin
{
    public static LintRule Rule { get; } = new("CAIRN014", Level.Note, "an option that only a plugin can know", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from option in script.UnknownOptions
        select new Flaw(
            option.Line,
            $"sbatch itself knows no --{option.Name}. Where the site has a plugin that adds it (as Shifter, pyxis and others do), all is well; anywhere else sbatch refuses the script.",
            $"Where you are to run it, look for --{option.Name} in sbatch --help.");
}
