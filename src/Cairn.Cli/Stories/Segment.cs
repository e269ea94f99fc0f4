namespace Cairn.Cli.Stories;

/// <summary>What an attempt's time went into.</summary>
internal enum Spending
{
    /// <summary>Waiting for a node, since the attempt before it ended or the job was submitted.</summary>
    Queued,

    /// <summary>From the job's start to the first step: loading, restoring.</summary>
    Starting,

    /// <summary>Steps that count, and had not been done before.</summary>
    Training,

    /// <summary>Steps that count, and that an earlier attempt had done and lost.</summary>
    Redone,

    /// <summary>Steps that do not count, for a later attempt went on from before them, and what was cut off by a death.</summary>
    Lost,

    /// <summary>From the last step boundary to the end: the save of a stop, the last work, the requeue.</summary>
    Ending,
}

/// <summary>A stretch of an attempt's time line. An attempt's segments follow each other without a gap.</summary>
/// <param name="Kind">What it went into.</param>
/// <param name="From">From when.</param>
/// <param name="To">Until when.</param>
internal sealed record Segment(Spending Kind, DateTimeOffset From, DateTimeOffset To)
{
    public double Seconds => (To - From).TotalSeconds;
}

/// <summary>What time went into, in seconds. The loop's waiting for saves is apart from the steps between which it fell.</summary>
/// <param name="Queued">Waiting for a node.</param>
/// <param name="Starting">Up to the first step.</param>
/// <param name="Training">Steps that count, done for the first time.</param>
/// <param name="Redone">Steps that count, done once more.</param>
/// <param name="Saving">Waiting for saves between steps; the save of a stop belongs to the ending.</param>
/// <param name="Lost">Steps that do not count.</param>
/// <param name="Ending">After the last step.</param>
internal sealed record TimeSpent(double Queued, double Starting, double Training, double Redone, double Saving, double Lost, double Ending)
{
    public static TimeSpent None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>All but the queue: nodes were held for so long.</summary>
    public double Held => Starting + Training + Redone + Saving + Lost + Ending;

    /// <summary>The share of <see cref="Held"/> in which steps were done that count; null where no step is told of.</summary>
    public double? Goodput => Training + Redone + Lost > 0 ? (Training + Redone) / Held : null;

    /// <summary>What waiting for saves added to the time of the steps between which it fell, as a share of it; null where no step is told of.</summary>
    public double? Overhead => Training + Redone > 0 ? Saving / (Training + Redone) : null;

    public TimeSpent Plus(TimeSpent other) => new(
        Queued + other.Queued,
        Starting + other.Starting,
        Training + other.Training,
        Redone + other.Redone,
        Saving + other.Saving,
        Lost + other.Lost,
        Ending + other.Ending);

    public TimeSpent Times(double factor) => new(Queued * factor, Starting * factor, Training * factor, Redone * factor, Saving * factor, Lost * factor, Ending * factor);

    /// <summary>The sum of segments, with the waits for saves taken from those in which they fell.</summary>
    public static TimeSpent Of(IReadOnlyList<Segment> segments, IReadOnlyList<StorySave> saves)
    {
        var spent = new double[(int)Spending.Ending + 1];
        foreach (var segment in segments)
            spent[(int)segment.Kind] += segment.Seconds;
        var saving = 0d;
        foreach (var save in saves)
        {
            foreach (var segment in segments)
            {
                if (segment.Kind is not (Spending.Training or Spending.Redone) || save.Boundary < segment.From || save.Boundary >= segment.To)
                    continue;
                var wait = Math.Min(save.StallSeconds, spent[(int)segment.Kind]);
                spent[(int)segment.Kind] -= wait;
                saving += wait;
                break;
            }
        }

        return new(
            spent[(int)Spending.Queued],
            spent[(int)Spending.Starting],
            spent[(int)Spending.Training],
            spent[(int)Spending.Redone],
            saving,
            spent[(int)Spending.Lost],
            spent[(int)Spending.Ending]);
    }
}
