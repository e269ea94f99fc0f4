namespace Cairn;

/// <summary>Something on disk is not what its checkpoint's commit record says, or the record itself cannot be believed.</summary>
public sealed class CheckpointCorruptException : CairnException
{
    internal CheckpointCorruptException(string path, string? file, string problem, Exception? inner = null)
        : base($"checkpoint {path}: {(file is null ? problem : $"{file}: {problem}")}", ExitCodes.NeverRequeue, inner)
    {
        Path = path;
        File = file;
        Problem = problem;
    }

    private CheckpointCorruptException(string path, string problem, Exception? inner)
        : base($"{path}: {problem}", ExitCodes.NeverRequeue, inner)
    {
        Path = path;
        Problem = problem;
    }

    /// <summary>The checkpoint's directory, or the file that was opened by itself.</summary>
    public string Path { get; }

    /// <summary>The name of the file in it; null when it is the directory itself.</summary>
    public string? File { get; }

    /// <summary>What is wrong, in words.</summary>
    public string Problem { get; }

    /// <summary>Of a file that is no checkpoint's.</summary>
    internal static CheckpointCorruptException OfFile(string path, string problem, Exception? inner = null) => new(path, problem, inner);
}
