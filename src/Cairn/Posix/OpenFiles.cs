using System.Globalization;

namespace Cairn.Posix;

/// <summary>How many files and sockets this process may have open. The runtime has raised the soft limit to the hard one when it started.</summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>The limit; null where there is none, or nobody knows it.</summary>
    public static long? Most
    {
        get
        {
            try
            {
                var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
                var words = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
