using System.Text;
using Cairn.Cli.LocalScheduler.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler.Reports;

/// <summary>Passes lines on with something before each.</summary>
internal sealed class LabelRelay : IDisposable
{
    private static readonly Lock Gate = new();

    private readonly SafeFileHandle _read;
    private readonly Thread _thread;

    public LabelRelay(Stream target, string label)
    {
        (_read, Write) = Descriptors.Pipe();
        _thread = new Thread(() => Run(target, Encoding.UTF8.GetBytes(label))) { IsBackground = true, Name = "label" };
        _thread.Start();
    }

    /// <summary>The end that the program writes to.</summary>
    public SafeFileHandle Write { get; }

    /// <summary>Call when no writer lives any more: what they wrote last is still on its way.</summary>
    public void Dispose()
    {
        Write.Dispose();
        _thread.Join();
    }

    private void Run(Stream output, byte[] label)
    {
        using var input = new FileStream(_read, FileAccess.Read);
        var line = new List<byte>(label);
        try
        {
            int next;
            do
            {
                next = input.ReadByte();
                if (next >= 0 && next != '\n')
                {
                    line.Add((byte)next);
                    continue;
                }

                // What stands at the end without a line break gets one, as under Slurm.
                if (next < 0 && line.Count == label.Length)
                    break;
                line.Add((byte)'\n');
                lock (Gate)
                    output.Write([.. line]);
                line.RemoveRange(label.Length, line.Count - label.Length);
            }
            while (next >= 0);
        }
        catch (IOException)
        {
            // The reader is gone. Closing our end lets the program see that, as it would without us.
        }
    }
}
