using Cairn.Cli.Contract;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Wrapper;

/// <summary>What the wrapper asks its files for, each for so long at most.</summary>
internal static class Files
{
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Of the second at least that is kept for the requeue.</summary>
    public static TimeSpan AtLastCall { get; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Whether a file is there. One that cannot be looked at counts as missing, and is named.</summary>
    public static bool Exists(this Aside aside, string path)
    {
        try
        {
            return aside.Do(() => File.Exists(path), Patience);
        }
        catch (IOException)
        {
            Wrapper.Words.Say($"warning: {path} cannot be looked at, for its file system has not answered for {Durations.Format(Patience)}; it is taken for missing");
            return false;
        }
    }

    /// <summary>What the program has said. It never throws.</summary>
    public static ProgramWord? Words(this Aside aside, string folder, int attempt)
    {
        try
        {
            return aside.Do(() => ProgramWord.Read(folder, attempt, Wrapper.Words.Say), Patience);
        }
        catch (IOException error)
        {
            Wrapper.Words.Say($"warning: what the program says in {folder} cannot be read, only its exit code counts: {error.Message}");
            return null;
        }
    }

    /// <summary>What a folder holds. It never throws.</summary>
    public static FolderProgress Progress(this Aside aside, string folder, string? pattern, TimeSpan patience)
    {
        try
        {
            return aside.Do(() => FolderProgress.Of(folder, pattern, patience), patience + patience / 2); // where one look in it hangs, its own bound does not help
        }
        catch (IOException)
        {
            Wrapper.Words.Say($"warning: {folder} cannot be looked through, for its file system does not answer");
            return FolderProgress.Unknown;
        }
    }
}
