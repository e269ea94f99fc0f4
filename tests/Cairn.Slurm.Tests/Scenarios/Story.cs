using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>An attempt's journal in one line, as the table of scenarios says what must come of each.</summary>
internal static class Story
{
    /// <summary>For example <c>from 0: Warning; saved 16; Warning, Requeue</c>, <c>from 16: finished</c>, <c>from 0: killed</c>.</summary>
    public static string Of(AttemptStory attempt)
    {
        var events = attempt.Events;
        if (events.OfType<Resumed>().FirstOrDefault() is not { } resumed)
            return events.OfType<AttemptEnded>().SingleOrDefault() is { } nothing ? $"nothing to do: {nothing.Outcome}" : "began no step";
        var words = new List<string>();
        var stopped = events.OfType<Stopped>().LastOrDefault();

        // What comes after the decision races with the requeue's kill; so does what an attempt hears that is killed.
        if (stopped is not null)
        {
            words.Add(string.Join(" then ", events.TakeWhile(entry => entry != stopped).OfType<Interrupted>().Select(entry => entry.Kind)));
            words.Add(stopped.SavedStep == stopped.Step ? $"saved {stopped.SavedStep}" : $"stopped at {stopped.Step}, saved {stopped.SavedStep}");
            words.Add($"{stopped.Cause}, {stopped.Action}");
            if (events.OfType<RequeueAnswered>().LastOrDefault() is { Result: "Refused" })
                words[^1] += " refused";
        }

        var ended = events.OfType<AttemptEnded>().SingleOrDefault();
        if (attempt.Finished is not null)
            words.Add("finished");
        else if (stopped is null)
            words.Add(ended is null ? "killed" : ended.Outcome);
        if (ended?.ExitCode is { } code and not 0)
            words.Add($"exit {code}");
        return $"from {resumed.Step}: {string.Join("; ", words)}";
    }
}
