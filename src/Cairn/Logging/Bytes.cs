namespace Cairn;

/// <summary>Sizes as a person says them, in powers of ten as disks are sold.</summary>
internal static class Bytes
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    public static string Words(long bytes)
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
