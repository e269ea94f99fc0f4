using System.Globalization;
using System.Text;
using Cairn.Attempts;
using Cairn.Checkpoints.Records;
using Cairn.Cli.Contract;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// What must outlive an attempt, and be seen on every node: <c>.cairn-run/CLUSTER-JOB/</c> below the checkpoint folder, or without one
/// below the working directory.
/// </summary>
internal sealed class StateFolder
{
    public const string Name = ".cairn-run";

    private const string DonePrefix = "done-";

    private string? _running;

    private StateFolder(string path, string command) => (Path, Command, Done) = (path, command, System.IO.Path.Combine(path, DonePrefix + command));

    public string Path { get; }

    /// <summary>Which of the script's commands this is: they count each for itself.</summary>
    public string Command { get; }

    /// <summary>Made by the program when its work is done. Each command of a script has its own: one may be done before the next begins.</summary>
    public string Done { get; }

    /// <summary>Made by <c>cairn stop</c>, removed by <c>cairn resume</c>: it holds for all commands of the script, and for later attempts.</summary>
    public string Stop => StopIn(Path);

    /// <summary>Made by a wrapper of a task when it has warned its program.</summary>
    public string Warned => System.IO.Path.Combine(Path, "warned");

    /// <summary>Made by the wrapper of a task at its start: from then on only those know whether their programs were warned.</summary>
    public string Tasks => BesideWarned(Warned);

    /// <summary>What the program's processes say.</summary>
    public string Says => System.IO.Path.Combine(Path, ProgramStatusKeeper.SaysName);

    /// <summary>CAIRN_STATUS.</summary>
    public string Status => System.IO.Path.Combine(Path, "status.json");

    /// <summary>The same, from the name that the wrapper of a task is told.</summary>
    public static string BesideWarned(string warned) => warned + "-by-tasks";

    /// <summary>The same, in the folder of a job.</summary>
    public static string StopIn(string jobFolder) => System.IO.Path.Combine(jobFolder, "stop");

    /// <summary>Makes it. Null, and said why, where that cannot be done: then nothing is remembered.</summary>
    /// <exception cref="UsageException">Another wrapper decides over this job already.</exception>
    public static StateFolder? Make(string below, string job, int attempt, IReadOnlyList<string> command, Aside aside)
    {
        var path = System.IO.Path.Combine(below, Name, Cluster + job);
        try
        {
            return aside.Do(
                () =>
                {
                    Directory.CreateDirectory(below);
                    PrivateFolder.Make(System.IO.Path.Combine(below, Name));
                    PrivateFolder.Make(path);
                    PrivateFolder.Make(AttemptFiles.Folder(path));
                    var running = OnlyWrapper.Take(path, attempt);
                    var folder = new StateFolder(path, Which(path, attempt, command)) { _running = running };
                    File.Delete(folder.Warned); // of an earlier attempt
                    File.Delete(folder.Tasks);
                    ProgramWord.Clear(folder.Says);
                    return folder;
                },
                Files.Patience);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: what the attempts do cannot be remembered, so a crash or a hang is not requeued: {error.Message}");
            return null;
        }
    }

    /// <summary>This wrapper is at its end.</summary>
    public void Leave()
    {
        if (_running is not null)
            File.Delete(_running);
    }

    // A script may run the same command several times, in a loop say: the first, the second and so on of an attempt are those of the next one.
    // A byte a time is written down, so the file's length counts.
    private static string Which(string folder, int attempt, IReadOnlyList<string> command)
    {
        var name = ContentHash.Of(Encoding.UTF8.GetBytes(string.Join('\0', command))).ToString()[^8..];
        var ofAttempt = string.Create(CultureInfo.InvariantCulture, $"begun-{attempt}-");
        foreach (var old in Directory.GetFiles(folder, "begun-*"))
        {
            if (!System.IO.Path.GetFileName(old).StartsWith(ofAttempt, StringComparison.Ordinal))
                File.Delete(old);
        }

        using var begun = new FileStream(System.IO.Path.Combine(folder, ofAttempt + name), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var before = begun.Position;
        begun.WriteByte((byte)'.');
        return before == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{before}");
    }

    // Two clusters number their jobs alike, and share file systems. What is no name of one is none here either.
    private static string Cluster =>
        Environment.GetEnvironmentVariable("SLURM_CLUSTER_NAME") is { Length: > 0 } name
            ? string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' ? letter : '_')) + "-"
            : "";
}
