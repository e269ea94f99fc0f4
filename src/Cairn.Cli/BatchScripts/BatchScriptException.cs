namespace Cairn.Cli.BatchScripts;

/// <summary>A script that sbatch would refuse; the message begins with the file and the line.</summary>
internal sealed class BatchScriptException(string path, int? line, string problem)
    : Exception(line is null ? $"{path}: {problem}" : $"{path}:{line}: {problem}")
{
    public int? Line { get; } = line;

    /// <summary>The message without file and line.</summary>
    public string Problem { get; } = problem;
}
