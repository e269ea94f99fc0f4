namespace Cairn.Slurm;

/// <summary>Reads a child's stream to its end on a thread of its own.</summary>
internal sealed class PipeText
{
    private readonly Thread thread;
    private string text = string.Empty;

    public PipeText(StreamReader reader)
    {
        thread = new Thread(() => text = reader.ReadToEnd()) { IsBackground = true, Name = "cairn scontrol" };
        thread.Start();
    }

    /// <summary>The text; what came so far when the stream stays open for longer (a grandchild may hold it).</summary>
    public string Read(TimeSpan patience)
    {
        thread.Join(patience);
        return text;
    }
}
