namespace Saves;

/// <summary>A folder that is removed with all that is in it.</summary>
internal sealed class OwnFolder(string path) : IDisposable
{
    public string Path { get; } = Directory.CreateDirectory(path).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
