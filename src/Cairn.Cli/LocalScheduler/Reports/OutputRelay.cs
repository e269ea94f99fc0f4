using Cairn.Cli.LocalScheduler.Processes;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler.Reports;

/// <summary>Carries one stream of the program to the terminal, byte for byte.</summary>
internal sealed class OutputRelay : IDisposable
{
    private readonly Thread _thread;
    private readonly SafeFileHandle _read;

    public OutputRelay(Progress progress, bool toError)
    {
        (_read, Write) = Descriptors.Pipe();
        _thread = new Thread(() => Run(progress, toError)) { IsBackground = true, Name = "relay" };
        _thread.Start();
    }

    /// <summary>The end that the program writes to.</summary>
    public SafeFileHandle Write { get; }

    /// <summary>Call when no writer lives any more: what they wrote last is still on its way.</summary>
    public void Dispose()
    {
        Write.Dispose();
        _thread.Join(TimeSpan.FromSeconds(2));
    }

    private void Run(Progress progress, bool toError)
    {
        using var stream = new FileStream(_read, FileAccess.Read, bufferSize: 0);
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = stream.Read(buffer)) > 0)
                progress.PassOn(buffer.AsSpan(0, count), toError);
        }
        catch (IOException)
        {
            // The terminal is gone. Closing our end lets the program see that, as it would without us.
        }
    }
}
