using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Wrapper.Together;

/// <summary>Programs that start the processes of another one, each of which is a rank.</summary>
internal static class RankStarters
{
    private static readonly string[] OfMpi = ["mpirun", "mpiexec", "orterun", "mpiexec.hydra"];

    /// <summary>Whether a command is one of them.</summary>
    public static bool Include(IReadOnlyList<string> command) => OfMpi.Contains(Path.GetFileName(command[0])) || Launchers.Find(command) is not null;
}
