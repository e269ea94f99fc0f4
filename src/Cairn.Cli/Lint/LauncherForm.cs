using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint;

/// <summary>The form that works below torchrun and its like: cairn run around it, and a program that looks at CAIRN_STATUS.</summary>
internal static class LauncherForm
{
    private const string Looks = "let the program look at CAIRN_STATUS, as the Python helper does";

    public static string Advice(Launch launch)
    {
        if (launch.UnderCairn)
            return $"{char.ToUpperInvariant(Looks[0])}{Looks[1..]}: that tells of the warning without a signal. Or start one task for each process with srun itself.";
        var launcher = launch.Program.Count > 0 ? Path.GetFileName(launch.Word) : launch.BetweenName;
        var form = launch.Srun is null ? $"exec cairn run -- {launcher} ..." : $"exec cairn run -- srun cairn run --task -- {launcher} ...";
        return $"Write {form}, with B: in --signal, and {Looks}; or start one task for each process with srun itself.";
    }
}
