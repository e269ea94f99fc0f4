namespace Cairn.Cli.BatchScripts;

/// <summary>Whether an option of sbatch has a value. Optional ones take it only after '=' (or glued to the letter).</summary>
internal enum OptionValue
{
    None,
    Optional,
    Required,
}

/// <summary>An option of sbatch: its long name, its letter, and whether it takes a value.</summary>
internal sealed record SbatchOption(string Name, char? Letter, OptionValue Takes)
{
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal) { ["cluster"] = "clusters", ["tasks-per-node"] = "ntasks-per-node" };

    /// <summary>Every option that sbatch 22.05 and 24.11 take.</summary>
    public static IReadOnlyList<SbatchOption> All { get; } = Build();

    /// <summary>#SBATCH hetjob: no option, but what stands below belongs to the next component of a heterogeneous job.</summary>
    public static SbatchOption NextComponent { get; } = new("hetjob", null, OptionValue.None);

    /// <summary>By the long name or a beginning of it that fits one option only, as getopt does.</summary>
    public static SbatchOption? Find(string name)
    {
        if (All.FirstOrDefault(option => option.Name == name) is { } exact)
            return Known(exact);
        var candidates = All.Where(option => option.Name.StartsWith(name, StringComparison.Ordinal)).Take(2).ToArray();
        return candidates.Length == 1 ? Known(candidates[0]) : null;
    }

    /// <summary>The names that begin so.</summary>
    public static IReadOnlyList<string> Beginning(string name) => [.. All.Select(option => option.Name).Where(known => known.StartsWith(name, StringComparison.Ordinal))];

    /// <summary>The option that a misprint away is meant, null where a plugin of the site may know it.</summary>
    public static string? Meant(string name)
    {
        if (name.Length < 4)
            return null;
        var plain = Plain(name);
        return All.Select(option => option.Name).FirstOrDefault(known => known.Length > 3 && Plain(known) == plain)
            ?? All.Select(option => option.Name).FirstOrDefault(known => known.Length > 3 && Misprints.IsOne(name, known));

        // --job_name, --NTasks.
        static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
    }

    public static SbatchOption? Find(char letter) => All.FirstOrDefault(option => option.Letter == letter);

    // An option with two names counts as one.
    private static SbatchOption Known(SbatchOption option) => OtherNames.TryGetValue(option.Name, out var name) ? All.First(other => other.Name == name) : option;

    private static SbatchOption[] Build()
    {
        const string required =
            "array:a account:A batch bb bbf begin:b cluster cluster-constraint clusters:M comment constraint:C container container-id context core-spec:S "
            + "cores-per-socket cpu-freq cpus-per-gpu cpus-per-task:c chdir:D deadline delay-boot dependency:d distribution:m "
            + "error:e exclude:x export export-file extra extra-node-info:B gid gpu-bind gpu-freq gpus:G gpus-per-node gpus-per-socket "
            + "gpus-per-task gres gres-flags hint input:i job-name:J kill-on-invalid-dep licenses:L mail-type mail-user mcs-label "
            + "mem mem-bind mem-per-cpu mem-per-gpu mincpus network nodefile:F nodelist:w nodes:N ntasks:n ntasks-per-core "
            + "ntasks-per-gpu ntasks-per-node ntasks-per-socket ntasks-per-tres open-mode output:o partition:p power prefer priority profile qos:q "
            + "reservation segment signal sockets-per-node switches tasks-per-node thread-spec threads-per-core time:t time-min tmp tres-bind "
            + "tres-per-task uid wait-all-nodes wckey wrap acctg-freq";
        const string optional = "exclusive get-user-env nice no-kill:k oom-kill-step propagate";
        const string none =
            "contiguous help:h hold:H ignore-pbs no-requeue overcommit:O oversubscribe:s parsable quiet:Q reboot requeue "
            + "spread-job stepmgr test-only usage use-min-nodes verbose:v version:V wait:W";
        return [.. Read(required, OptionValue.Required), .. Read(optional, OptionValue.Optional), .. Read(none, OptionValue.None)];

        static IEnumerable<SbatchOption> Read(string names, OptionValue takes) =>
            from name in names.Split(' ')
            let colon = name.IndexOf(':', StringComparison.Ordinal)
            select colon < 0 ? new SbatchOption(name, null, takes) : new SbatchOption(name[..colon], name[colon + 1], takes);
    }
}
