using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint;

/// <summary>
/// #PBS and #BSUB lines, which sbatch reads too, behind all #SBATCH lines, so that of two values theirs counts. Only what rules ask for is
/// read: the wall time, the partition, the name, the array.
/// </summary>
internal static class ForeignDirectives
{
    public static IEnumerable<Directive> Read(IReadOnlyList<string> lines, int end)
    {
        for (var index = 0; index < end; index++)
        {
            var words = lines[index].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is not ["#PBS" or "#BSUB", ..])
                continue;
            for (var i = 1; i + 1 < words.Length; i++)
            {
                foreach (var (name, value) in words[0] == "#PBS" ? Pbs(words[i], words[i + 1]) : Bsub(words[i], words[i + 1]))
                    yield return new(index + 1, SbatchOption.Find(name)!, value);
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> Pbs(string option, string value) => option switch
    {
        "-l" => value.Split(',').Where(part => part.StartsWith("walltime=", StringComparison.Ordinal)).Select(part => ("time", part["walltime=".Length..])),
        "-q" => [("partition", value)],
        "-N" => [("job-name", value)],
        "-t" or "-J" => [("array", value)],
        _ => [],
    };

    private static IEnumerable<(string Name, string Value)> Bsub(string option, string value) => option switch
    {
        "-W" => [("time", value)],
        "-q" => [("partition", value)],
        "-J" => [("job-name", value)],
        _ => [],
    };
}
