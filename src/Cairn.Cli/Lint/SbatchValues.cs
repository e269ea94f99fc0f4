using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint;

/// <summary>The values of directives as sbatch 22.05 reads them; a test compares this with the real one.</summary>
internal static partial class SbatchValues
{
    // Slurm's own list: IO, SEGV and the like are none of it. Any number goes.
    private static readonly string[] Signals =
        ["HUP", "INT", "QUIT", "ABRT", "KILL", "ALRM", "TERM", "USR1", "USR2", "URG", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "XCPU"];

    private static readonly string[] MailTypes =
        ["NONE", "BEGIN", "END", "FAIL", "REQUEUE", "ALL", "STAGE_OUT", "TIME_LIMIT", "TIME_LIMIT_90", "TIME_LIMIT_80", "TIME_LIMIT_50", "ARRAY_TASKS", "INVALID_DEPEND"];

    /// <summary>What to write instead; null where sbatch takes the value, or that depends on the cluster.</summary>
    public static string? Problem(string option, string value) => option switch
    {
        "time" or "time-min" when !IsTime(value) => "Write minutes (90), HH:MM:SS (12:00:00) or D-HH:MM:SS (1-12:00:00); units as 12h are not known.",
        "signal" when Warning(value) is null => $"Write [B:]SIGNAL[@SECONDS], as USR2@120; the lead is a plain number of seconds up to 65535, and of the signals sbatch knows {string.Join(", ", Signals)} by their names.",
        "mem" or "mem-per-cpu" or "mem-per-gpu" or "tmp" when !Size().IsMatch(value) => "Write a whole number and K, M, G or T: 16G, 4500M.",
        "ntasks" or "cpus-per-task" or "ntasks-per-node" or "cpus-per-gpu" or "ntasks-per-core" or "ntasks-per-socket" or "mincpus" or "sockets-per-node" or "cores-per-socket" or "threads-per-core"
            when !Count().IsMatch(value) => "Write a whole number of 1 or more.",
        "nodes" when !IsNodes(value) => "Write a number of nodes, or LEAST-MOST with the smaller number first.",
        "array" when ArrayRange.Read(value) is null => $"Write {ArrayElement.Forms}, each range with its smaller number first.",
        "mail-type" when !value.Split(',').All(type => type.Trim().Length == 0 || MailTypes.Contains(type.Trim(), StringComparer.OrdinalIgnoreCase)) => $"Write one or several of {string.Join(", ", MailTypes)}, with commas between them.",
        "open-mode" when value is not (['a' or 'A' or 't' or 'T', ..]) => "Write append or truncate.",
        "exclusive" when value.Length > 0 && value.ToUpperInvariant() is not ("USER" or "MCS" or "EXCLUSIVE") => "Write --exclusive alone, or --exclusive=user.",
        _ => null,
    };

    /// <summary>What --signal asks for, with what sbatch takes and nobody means: B and R without a colon, a lead that is empty. Null where sbatch refuses it.</summary>
    public static WarningSignal? Warning(string value)
    {
        if (WarningForm().Match(value) is not { Success: true } match)
            return null;
        var name = match.Groups["signal"].Value;
        var signal = 0;
        if (long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            signal = (int)(number & 0xFFFF);
        else if (Signals.Contains(name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? name[3..] : name, StringComparer.OrdinalIgnoreCase))
            _ = SlurmSignals.TryParse(name, out signal);
        var seconds = match.Groups["at"].Success ? 0 : 60;
        if (match.Groups["lead"] is { Success: true, Length: > 0 } lead && !int.TryParse(lead.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds))
            return null;
        return signal == 0 || seconds is < 0 or > 65535 ? null : new(signal, TimeSpan.FromSeconds(seconds), match.Groups["flags"].Value.Contains('B', StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The wall time; null where there is no limit, or the value is none.</summary>
    public static TimeSpan? Limit(string value) => TimeLimit.TryParse(value.ToUpperInvariant().TrimEnd('-'), out var limit) ? limit : null;

    /// <summary>How many elements the array has; null where that cannot be read.</summary>
    public static int? Elements(string value)
    {
        if (ArrayRange.Read(value) is not { } ranges || ranges.Exists(range => range.Last - range.First > 100_000))
            return null;
        var tasks = new HashSet<long>();
        foreach (var range in ranges)
        {
            for (var task = range.First; task <= range.Last; task += range.Step ?? 1)
                tasks.Add(task);
        }

        return tasks.Count;
    }

    private static bool IsTime(string value) =>
        value.ToUpperInvariant() is "UNLIMITED" or "INFINITE" or "-1" || TimeForm().IsMatch(value);

    private static bool IsNodes(string value)
    {
        if (NodesForm().Match(value) is not { Success: true } match)
            return false;
        return !match.Groups["most"].Success || Nodes(match.Groups["least"].Value) <= Nodes(match.Groups["most"].Value);

        static long Nodes(string text) =>
            text.Length == 0 ? 0 : long.Parse(text.TrimEnd('k', 'K', 'm', 'M'), CultureInfo.InvariantCulture) * (text[^1] is 'k' or 'K' ? 1024 : text[^1] is 'm' or 'M' ? 1024 * 1024 : 1);
    }

    [GeneratedRegex(@"^(?<flags>R?B?R?:?)(?<signal>-?[0-9]{1,9}|[A-Z][A-Z0-9]*)((?<at>@)(?<lead>\+?[0-9]{0,6}))?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex WarningForm();

    [GeneratedRegex(@"^([0-9]+|[0-9]+:[0-9]+|[0-9]+:[0-9]+:[0-9]+|[0-9]+-([0-9]+(:[0-9]+){0,2})?)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex TimeForm();

    [GeneratedRegex(@"^\+?[0-9]+([kmgt]b?)?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Size();

    [GeneratedRegex(@"^\+?0*[1-9][0-9]*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Count();

    [GeneratedRegex(@"^(\+?(?<least>[0-9]{1,9}[km]?)(-\+?(?<most>[0-9]{1,9}[km]?))?|-[0-9]{1,9})$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex NodesForm();
}
