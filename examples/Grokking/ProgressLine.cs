namespace Grokking;

/// <summary>A bar that is drawn over on a terminal, and plain lines elsewhere.</summary>
internal sealed class ProgressLine(long steps) : IDisposable
{
    private const int Width = 30;
    private readonly bool isTerminal = !Console.IsOutputRedirected;
    private bool drawn;

    public void Show(long step, string text)
    {
        if (!isTerminal)
        {
            Console.WriteLine($"{step}/{steps} {text}");
            return;
        }

        var full = (int)(Width * step / steps);
        Console.Write($"\r[{new string('#', full)}{new string('.', Width - full)}] {text}\u001b[K");
        drawn = true;
    }

    public void Dispose()
    {
        if (drawn)
            Console.WriteLine();
    }
}
