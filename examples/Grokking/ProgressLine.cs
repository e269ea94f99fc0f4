using System.Diagnostics;

namespace Grokking;

/// <summary>A bar that is drawn over on a terminal, and a plain line for each report elsewhere.</summary>
internal sealed class ProgressLine(long steps)
{
    private const int Width = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly bool isTerminal = !Console.IsOutputRedirected;
    private string report = "";
    private long drawn;

    /// <summary>Moves the bar, if it is time for that.</summary>
    public void MoveTo(long step)
    {
        if (isTerminal && (drawn == 0 || Stopwatch.GetElapsedTime(drawn) > Pause || step == steps))
            Draw(step);
    }

    /// <summary>Says how well the model does.</summary>
    public void Report(long step, string text)
    {
        report = text;
        if (isTerminal)
            Draw(step);
        else
            Console.WriteLine($"{step}/{steps} {text}");
    }

    /// <summary>Leaves the bar's line, for others to write.</summary>
    public void End()
    {
        if (drawn != 0)
            Console.WriteLine();
    }

    private void Draw(long step)
    {
        var full = (int)(Width * step / steps);
        Console.Write($"\r[{new string('#', full)}{new string('.', Width - full)}] {step}/{steps} {report}\u001b[K");
        drawn = Stopwatch.GetTimestamp();
    }
}
