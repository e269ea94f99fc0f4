using System.Runtime.InteropServices;
using System.Text;
using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// Words for a person on standard error, a line a call: the program writes there too. Without the console, which would look after the
/// terminal. A pipe that nobody reads, or a log on a file system that stalls, holds nobody up: a thread of its own writes.
/// </summary>
internal static unsafe class Words
{
    private const int StackSize = 128 * 1024;
    private const int MostWaiting = 1000; // nobody reads what comes after them

    private static readonly object Gate = new();
    private static readonly Queue<byte[]> Waiting = [];
    private static bool hasWriter;
    private static bool isWriting;

    /// <summary>From now on nobody who says something waits. Call <see cref="Finish"/> at the end.</summary>
    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public static void SayAside()
    {
        new Thread(WriteAll, StackSize) { IsBackground = true, Name = "cairn words" }.Start();
        hasWriter = true;
    }

    public static void Say(string text)
    {
        if (!Inheritance.HasStandardError)
            return;
        var line = Encoding.UTF8.GetBytes($"cairn: {Printable.Of(text)}\n");
        if (!hasWriter)
        {
            Write(line);
            return;
        }

        lock (Gate)
        {
            if (Waiting.Count >= MostWaiting)
                return;
            Waiting.Enqueue(line);
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>Waits until all that was said is written, but no longer than so long.</summary>
    public static void Finish(TimeSpan patience)
    {
        var began = TimeProvider.System.GetTimestamp();
        lock (Gate)
        {
            while (Waiting.Count > 0 || isWriting)
            {
                var left = patience - TimeProvider.System.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !Monitor.Wait(Gate, left))
                    return;
            }
        }
    }

    private static void WriteAll()
    {
        while (true)
        {
            byte[]? line;
            lock (Gate)
            {
                isWriting = false;
                Monitor.PulseAll(Gate);
                while (!Waiting.TryDequeue(out line))
                    Monitor.Wait(Gate);
                isWriting = true;
            }

            Write(line);
        }
    }

    // When it fails there is nobody to tell it to.
    private static void Write(ReadOnlySpan<byte> line)
    {
        const int standardError = 2;
        fixed (byte* bytes = line)
        {
            for (nint written = 0; written < line.Length;)
            {
                var count = Libc.Write(standardError, bytes + written, (nuint)(line.Length - written));
                if (count < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    return;
                written += count < 0 ? 0 : count;
            }
        }
    }
}
