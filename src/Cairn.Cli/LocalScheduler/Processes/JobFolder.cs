namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// The folder of one <c>cairn local</c>: socket, commands, status file, and the copy of the batch script. No other user may
/// enter it.
/// </summary>
internal sealed class JobFolder : IDisposable
{
    /// <summary>Names the socket to whatever runs inside; that is also the mark by which a stray process is recognized.</summary>
    public const string SocketVariable = "CAIRN_LOCAL_SOCKET";

    public const string SocketName = "socket";

    /// <summary>The commands of Slurm that work inside.</summary>
    public static readonly IReadOnlyList<string> Commands = ["scontrol", "squeue", "scancel", "srun"];

    /// <summary>Commands that a script may call but that one job on one machine cannot answer.</summary>
    public static readonly IReadOnlyList<string> Refused = ["sbatch", "salloc", "sacct", "sinfo", "sattach", "sbcast", "sstat"];

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private JobFolder(string path) => Path = path;

    public string Path { get; }

    public string Socket => Below(SocketName);

    public string Bin => Below("bin");

    public string Status => Below("status.json");

    public string Script => Below("slurm_script");

    public static JobFolder Create(IReadOnlyList<string> self)
    {
        var folder = new JobFolder(Directory.CreateTempSubdirectory("cairn-local-").FullName);
        // A socket's path has room for 107 bytes.
        if (folder.Socket.Length > 100)
        {
            folder.Dispose();
            folder = new(Directory.CreateDirectory($"/tmp/cairn-local-{Guid.NewGuid():N}", OwnerOnly).FullName);
        }

        Directory.CreateDirectory(folder.Bin);
        var program = string.Join(' ', self.Select(Quote));
        // They name the socket themselves, so that they work by their path from any shell of the same user.
        foreach (var command in Commands.Concat(Refused))
        {
            var text = $"#!/bin/sh\nexport {SocketVariable}={Quote(folder.Socket)}\nexec {program} __{command} \"$@\"\n";
            WriteExecutable(System.IO.Path.Combine(folder.Bin, command), text);
        }

        return folder;
    }

    public void WriteScript(byte[] content)
    {
        File.WriteAllBytes(Script, content);
        File.SetUnixFileMode(Script, OwnerOnly);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Below(string name) => System.IO.Path.Combine(Path, name);

    private static void WriteExecutable(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, OwnerOnly);
    }

    // The only texts that a shell reads here are the paths of this very program and of its socket.
    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
