namespace Cairn;

/// <summary>A size as a person says it, in powers of ten as disks are sold; in a log message it is a number of bytes, too.</summary>
internal readonly struct Bytes(long bytes) : INumbered
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    public static Bytes Words(long bytes) => new(bytes);

    public static implicit operator string(Bytes bytes) => bytes.ToString();

    public IEnumerable<KeyValuePair<string, object?>> Numbers(string name) => [new($"{name}Bytes", bytes)];

    public override string ToString()
    {
        double size = bytes;
        var unit = 0;
        while (size >= 1000 && unit < Units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        return unit == 0 || size >= 100 ? $"{size:0} {Units[unit]}" : $"{size:0.#} {Units[unit]}";
    }
}
