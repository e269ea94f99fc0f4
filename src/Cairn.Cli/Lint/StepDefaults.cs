using System.Globalization;

namespace Cairn.Cli.Lint;

/// <summary>What the cluster does with a step of which the script does not say it; null where that is not known.</summary>
/// <param name="EndsAtBadExit">KillOnBadExit: the first task that fails ends the others.</param>
/// <param name="MpiType">MpiDefault.</param>
/// <param name="Wait">WaitTime: so long may tasks live on when the first has ended; zero for ever.</param>
internal sealed record StepDefaults(bool? EndsAtBadExit, string? MpiType, TimeSpan? Wait)
{
    public static StepDefaults Unknown { get; } = new(null, null, null);

    /// <summary>Reads what <c>scontrol show config</c> says, <c>Name = value</c> a line.</summary>
    public static StepDefaults Parse(string answer)
    {
        string? ends = null, mpi = null, wait = null;
        foreach (var line in answer.Split('\n'))
        {
            if (line.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, { Length: > 0 } value])
                continue;
            switch (name)
            {
                case "KillOnBadExit":
                    ends = value;
                    break;
                case "MpiDefault":
                    mpi = value;
                    break;
                case "WaitTime":
                    wait = value.Split(' ')[0];
                    break;
            }
        }

        return new(ends is null ? null : ends != "0", mpi, Seconds(wait));
    }

    /// <summary>A whole number of seconds; null for anything else.</summary>
    public static TimeSpan? Seconds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
