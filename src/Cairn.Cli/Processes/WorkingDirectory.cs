namespace Cairn.Cli.Processes;

/// <summary>The working directory, which somebody may have removed.</summary>
internal static class WorkingDirectory
{
    /// <summary>Its path; of one that is gone a name by which nothing is found in it.</summary>
    public static string Path
    {
        get
        {
            try
            {
                return Environment.CurrentDirectory;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return "/proc/self/cwd";
            }
        }
    }
}
