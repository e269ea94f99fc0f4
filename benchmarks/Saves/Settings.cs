namespace Saves;

/// <summary>What the command line says.</summary>
/// <param name="Folder">A folder of this run's own, on the disk that is measured.</param>
/// <param name="Size">The state's size in bytes; null for what suits the part of the benchmark.</param>
/// <param name="Rounds">How many rounds count.</param>
/// <param name="Steps">Steps of a training in one round.</param>
internal sealed record Settings(string Folder, long? Size, int Rounds, int Steps)
{
    public const long Megabyte = 1 << 20;

    /// <summary>A folder of a section's own, removed when the section has ended.</summary>
    public OwnFolder NewFolder() => new(Path.Combine(Folder, Guid.NewGuid().ToString("N")[..8]));
}
