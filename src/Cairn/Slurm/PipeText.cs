namespace Cairn.Slurm;

/// <summary>Reads a child's stream to its end on a thread of its own.</summary>
internal sealed class PipeText
{
    private readonly Thread thread;
    private volatile string text = string.Empty;

    public PipeText(StreamReader reader)
    {
        thread = new Thread(() => text = reader.ReadToEnd()) { IsBackground = true, Name = "cairn scontrol" };
        thread.Start();
    }

    /// <summary>The whole text; empty when the stream stays open for longer than that (a grandchild may hold it).</summary>
    public string Read(TimeSpan patience)
    {
        thread.Join(patience);
        return text;
    }
}
