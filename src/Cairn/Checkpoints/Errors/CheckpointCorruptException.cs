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

    /// <summary>The checkpoint's directory.</summary>
    public string Path { get; }

    /// <summary>The name of the file in it; null when it is the directory itself.</summary>
    public string? File { get; }

    /// <summary>What is wrong, in words.</summary>
    public string Problem { get; }
}
