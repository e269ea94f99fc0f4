using System.Runtime.CompilerServices;
using System.Text;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Native;

/// <summary>
/// Standard error of a host's process, written to as C does. .NET's console takes over SIGINT, SIGQUIT, SIGCONT and the terminal with its first line, and
/// hands on what a signal was for by a thread of its own, at some later time: a host's Ctrl-C would come late, or at the process's end not at all.
/// </summary>
internal sealed class HostConsole : TextWriter
{
    private const int StandardError = 2;
    private const int Tries = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly SafeFileHandle standardError = new(StandardError, ownsHandle: false);

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        // A reader that takes nothing for two seconds, where the descriptor does not block, loses the rest of the line and not the training its time.
        ReadOnlySpan<byte> rest = Encoding.GetBytes(value ?? string.Empty);
        for (var left = Tries; left > 0; left--)
        {
            rest = rest[ChildProcess.Write(standardError, rest)..];
            if (rest.IsEmpty)
                return;
            Thread.Sleep(Pause); // the kernel tells nobody but who polls
        }
    }

    // Before anything is said. The library writes nothing to standard output.
#pragma warning disable CA2255 // It is the runtime of a library for others, and nobody else's process.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void TakePlace()
    {
        FillStandardStreams();
        Console.SetError(new HostConsole());
        Console.SetOut(Null);
    }

    // Where the host was started with a standard stream closed, a checkpoint's file would get its number, and what is said would go into it.
    private static void FillStandardStreams()
    {
        try
        {
            SafeFileHandle opened;
            while ((opened = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)).DangerousGetHandle() <= StandardError)
                opened.SetHandleAsInvalid(); // it stays open
            opened.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without a /dev/null streams stay as they are.
        }
    }
}
