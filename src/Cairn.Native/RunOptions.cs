using System.Globalization;
using Cairn.Runs;

namespace Cairn.Native;

/// <summary>Reads the options of cairn_open, <c>name=value</c> each; what they mean is said in cairn.h.</summary>
internal static class RunOptions
{
    /// <exception cref="ArgumentException">One is not known, or has a value that cannot be.</exception>
    public static TrainingRunOptions Read(IEnumerable<string> texts)
    {
        var options = new TrainingRunOptions { Logger = new HostLogger() };
        var place = new Place();
        var (schedules, policies) = (new List<SaveSchedule>(), new List<RetentionPolicy>());
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                throw new ArgumentException($"the option '{text}' is not of the form name=value");
            var (name, value) = (text[..equals], text[(equals + 1)..]);
            bool isKnown;
            try
            {
                isKnown = SetSchedule(schedules, name, value) || SetPolicy(policies, name, value) || place.Set(name, value) || Set(options, name, value);
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
            {
                throw new ArgumentException($"the option '{text}' cannot be: {Errors.Words(error)}", error);
            }

            if (!isKnown)
                throw new ArgumentException($"there is no option '{name}'");
        }

        options.Place = place.Told();
        if (schedules.Count > 0)
            options.Save = schedules is [var schedule] ? schedule : SaveSchedule.Any([.. schedules]);
        if (policies.Count > 0)
            options.Keep = policies is [var policy] ? policy : Retention.Any([.. policies]);
        return options;
    }

    private static bool SetSchedule(List<SaveSchedule> schedules, string name, string value)
    {
        SaveSchedule? schedule = name switch
        {
            "save-every-steps" => SaveSchedule.EverySteps(Whole(value)),
            "save-every-seconds" => SaveSchedule.Every(Seconds(value)),
            "save-within-overhead" => SaveSchedule.WithinOverhead(Real(value)),
            "save-optimal-seconds" => SaveSchedule.Optimal(Seconds(value)),
            "save" when Word(value, "never") is "never" => SaveSchedule.Never,
            _ => null,
        };
        if (schedule is not null)
            schedules.Add(schedule);
        return schedule is not null;
    }

    private static bool SetPolicy(List<RetentionPolicy> policies, string name, string value)
    {
        var (named, count) = name.Split(':') is [var first, var second] ? (first, checked((int)Whole(second))) : (name, 1);
        RetentionPolicy? policy = name switch
        {
            _ when named is "keep-best" => Retention.KeepBest(value, count),
            _ when named is "keep-best-highest" => Retention.KeepBest(value, count, MetricGoal.Maximize),
            "keep-last" => Retention.KeepLast(checked((int)Whole(value))),
            "keep-every" => Retention.KeepEvery(Whole(value)),
            "keep" when Word(value, "all") is "all" => Retention.KeepAll,
            _ => null,
        };
        if (policy is not null)
            policies.Add(policy);
        return policy is not null;
    }

    private static bool Set(TrainingRunOptions options, string name, string value)
    {
        switch (name)
        {
            case "save-mode":
                options.SaveMode = Word(value, "asynchronous", "synchronous", "overlapped") switch
                {
                    "synchronous" => SaveMode.Synchronous,
                    "overlapped" => SaveMode.Overlapped,
                    _ => SaveMode.Asynchronous,
                };
                return true;
            case "when-still-saving":
                options.WhenStillSaving = Word(value, "skip", "wait") == "wait" ? WhenStillSaving.Wait : WhenStillSaving.Skip;
                return true;
            case "warning-signals":
                options.WarningSignals = value.Split(',');
                return true;
            case "signals":
                options.SignalsByHost = Word(value, "library", "host") == "host";
                return true;
            case "notify":
                options.Notify = [.. options.Notify, value];
                return true;
            case "stop-file":
                options.StopFile = value;
                return true;
            case "margin-seconds":
                options.Margin = Seconds(value);
                return true;
            case "forced-stop":
                options.ForcedStop = Yes(value);
                return true;
            case "hang-factor":
                options.HangFactor = value == "never" ? null : Real(value);
                return true;
            case "requeue":
                options.Requeue = Yes(value);
                return true;
            case "requeue-if-preemption-cancels":
                options.RequeueIfPreemptionCancels = Yes(value);
                return true;
            case "switch-requeue-on":
                options.SwitchRequeueOn = Yes(value);
                return true;
            case "max-attempts":
                options.MaxAttempts = checked((int)Whole(value));
                return true;
            case "strict":
                options.Strict = Yes(value);
                return true;
            case "check-overlap":
                options.CheckOverlap = Yes(value);
                return true;
            case "optional-parts":
                options.OptionalParts = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
                return true;
            default:
                return SetRanks(options, name, value);
        }
    }

    private static bool SetRanks(TrainingRunOptions options, string name, string value)
    {
        switch (name)
        {
            case "replicated-values":
                options.ReplicatedValues = Yes(value);
                return true;
            case "ranks":
                options.Ranks = Word(value, "auto", "required", "first-only") switch
                {
                    "required" => RankMode.Required,
                    "first-only" => RankMode.FirstOnly,
                    _ => RankMode.Auto,
                };
                return true;
            case "rank-patience-seconds":
                options.RankPatience = Seconds(value);
                return true;
            case "check-replicas":
                options.CheckReplicas = checked((int)Whole(value));
                return true;
            case "one-writer-per-file":
                options.OneWriterPerFile = Yes(value);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Which rank the host says that it is.</summary>
    private sealed class Place
    {
        private int? rank;
        private int? size;
        private string? launch;

        public bool Set(string name, string value)
        {
            switch (name)
            {
                case "rank":
                    rank = checked((int)Whole(value));
                    return true;
                case "world-size":
                    size = checked((int)Whole(value));
                    return true;
                case "launch":
                    launch = value;
                    return true;
                default:
                    return false;
            }
        }

        public RankPlace? Told() => (rank, size, launch) switch
        {
            (null, null, null) => null,
            ({ } one, { } all, _) => RankPlace.Told(one, all, launch),
            _ => throw new ArgumentException("of the options rank, world-size and launch one alone says nothing"),
        };
    }

    private static string Word(string value, params string[] words) =>
        words.Contains(value, StringComparer.Ordinal) ? value : throw new FormatException($"it is one of {string.Join(", ", words)}");

    private static bool Yes(string value) => Word(value, "yes", "no") == "yes";

    private static long Whole(string value) => long.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static double Real(string value) => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(string value) => TimeSpan.FromSeconds(Real(value));
}
