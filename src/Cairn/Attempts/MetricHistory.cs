namespace Cairn.Attempts;

/// <summary>What one attempt reported, and where it stands in the run.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="From">The step that it went on from; null when nothing is known of that.</param>
/// <param name="Saved">The steps that it saved.</param>
/// <param name="Reports">What it reported, in order.</param>
internal sealed record AttemptReports(int Attempt, long? From, IReadOnlySet<long> Saved, IReadOnlyList<MetricReport> Reports);

/// <summary>What a run has reported over all its attempts, each step once. A pure function of what the attempts reported.</summary>
/// <remarks>
/// From the newest attempt backwards: it went on from a checkpoint; of the attempt that saved that one, what it reported up to there
/// counts, and what it reported beyond was done again; and so on. An attempt that is not among these left nothing that
/// was gone on from. Of one metric at one step, those of the newest attempt count, for what is reported before the first or behind the last step is
/// reported again, too.
/// </remarks>
/// <param name="Reports">The oldest first.</param>
/// <param name="LeftOut">How many do not count.</param>
internal sealed record MetricHistory(IReadOnlyList<(int Attempt, MetricReport Report)> Reports, int LeftOut)
{
    /// <summary>Puts together what counts.</summary>
    /// <param name="attempts">The oldest first.</param>
    public static MetricHistory Of(IReadOnlyList<AttemptReports> attempts)
    {
        var line = new List<(AttemptReports Attempt, long UpTo)>();
        var upTo = long.MaxValue;
        for (var next = Newest(attempts); next >= 0; next = Parent(attempts, next, upTo))
        {
            line.Add((attempts[next], upTo));
            upTo = attempts[next].From ?? 0;
        }

        line.Reverse();
        var reports = new List<(int, MetricReport)>();
        for (var i = 0; i < line.Count; i++)
        {
            var (attempt, last) = line[i];
            var again = new HashSet<string>(line.Skip(i + 1).SelectMany(later => later.Attempt.Reports.TakeWhile(report => report.Step <= last)).Select(report => report.Metric), StringComparer.Ordinal);
            foreach (var report in attempt.Reports)
            {
                if (report.Step < last || (report.Step == last && !again.Contains(report.Metric)))
                    reports.Add((attempt.Attempt, report));
            }
        }

        return new(reports, attempts.Sum(attempt => attempt.Reports.Count) - reports.Count);
    }

    // One that has come to no step yet takes nothing from those before it.
    private static int Newest(IReadOnlyList<AttemptReports> attempts) => Last(attempts, attempts.Count, attempt => attempt.From is not null || attempt.Reports.Count > 0);

    // Where nobody says that he saved it (a journal on a full disk), the newest that may have.
    private static int Parent(IReadOnlyList<AttemptReports> attempts, int child, long step)
    {
        if (step == 0)
            return -1;
        var saver = Last(attempts, child, attempt => attempt.Saved.Contains(step));
        return saver >= 0 ? saver : Last(attempts, child, attempt => attempt.From < step);
    }

    private static int Last(IReadOnlyList<AttemptReports> attempts, int before, Func<AttemptReports, bool> fits)
    {
        for (var i = before - 1; i >= 0; i--)
        {
            if (fits(attempts[i]))
                return i;
        }

        return -1;
    }
}
