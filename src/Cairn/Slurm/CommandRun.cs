using System.Buffers;
using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Interruptions.Signals;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Slurm;

/// <summary>
/// One run of one of Slurm's commands: by argument list, never by a shell, bounded in time and in what it may say. No thread is needed,
/// of which there may be none left when it matters most.
/// </summary>
/// <param name="ExitCode">Null where it did not end by itself.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
/// <param name="Problem">Why there is no exit code.</param>
/// <param name="StartError">The system's error code where it could not be started.</param>
internal sealed unsafe record CommandRun(int? ExitCode, string Output, string Errors, string? Problem, int? StartError)
{
    /// <summary>More than scontrol says of the largest cluster.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>What it wrote to standard error as the part of a sentence; empty where it wrote nothing.</summary>
    public string ErrorWords => string.Join("; ", Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private const int MayExecute = 1; // X_OK

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1); // it takes about 10 ms

    /// <summary>Runs it. Never throws for what the command does.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Added to the environment.</param>
    /// <param name="bound">It is ended when it takes longer.</param>
    /// <param name="onLate">Called once where it takes long, so that somebody can be told what is waited for.</param>
    /// <param name="input">What it finds on its standard input, a few kB at most; null for nothing.</param>
    public static CommandRun Of(
        string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> variables, TimeSpan bound, Action? onLate = null, string? input = null)
    {
        var called = Path.GetFileName(program);
        if (InPath(program) is not { } path)
            return CannotStart(called, new Win32Exception(Errno.NoEntry));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? string.Empty;
        foreach (var (name, value) in variables)
            environment[name] = value;
        var said = Encoding.UTF8.GetBytes(input ?? string.Empty);
        try
        {
            using var process = ChildProcess.Start(path, [program, .. arguments], environment, said, out var taken);
            var (output, errors) = (new Pipe(process.Output), new Pipe(process.Errors));
            var began = TimeProvider.System.GetTimestamp();
            while (!process.HasExited() || output.IsOpen || errors.IsOpen)
            {
                if (output.IsTooLong || errors.IsTooLong)
                    return new(null, string.Empty, string.Empty, $"{called} says more than {MostBytes >> 20} MiB", null);
                var left = bound - TimeProvider.System.GetElapsedTime(began);
                if (bound - left >= Late)
                {
                    onLate?.Invoke();
                    onLate = null;
                }

                if (left <= TimeSpan.Zero)
                {
                    // What it started may hold its output open.
                    return process.HasExited()
                        ? Ended(process, output, errors)
                        : new(null, string.Empty, string.Empty, $"{called} did not answer within {Duration.Words(bound)}", null);
                }

                if (output.IsOpen || errors.IsOpen)
                    Await(output, errors, taken < said.Length ? process.Input : null, left < Slice ? left : Slice);
                else
                    Thread.Sleep(1); // it is about to end
                if (taken < said.Length && (taken += ChildProcess.Write(process.Input, said.AsSpan(taken))) == said.Length)
                    process.Input.Dispose();
            }

            return Ended(process, output, errors);
        }
        catch (Exception error) when (error is Win32Exception or IOException or OutOfMemoryException)
        {
            return CannotStart(called, error);
        }
    }

    private static CommandRun CannotStart(string called, Exception error) =>
        new(null, string.Empty, string.Empty, $"{called} cannot be started: {error.Message}", (error as Win32Exception)?.NativeErrorCode ?? 0);

    // Where the program around this has taken how it ended, its words must do: scontrol says why it fails.
    private static CommandRun Ended(ChildProcess process, Pipe output, Pipe errors) =>
        new(process.ExitCode ?? (errors.IsSilent ? 0 : 1), output.Whole, errors.Whole, null, null);

    private static string? InPath(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return program;
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path) && Libc.Access(path, MayExecute) == 0)
                return path;
        }

        return null;
    }

    private static void Await(Pipe one, Pipe other, SafeFileHandle? input, TimeSpan patience)
    {
        var files = stackalloc Libc.PollFd[3];
        files[0] = new Libc.PollFd { Fd = one.Descriptor, Events = Libc.PollIn };
        files[1] = new Libc.PollFd { Fd = other.Descriptor, Events = Libc.PollIn };
        files[2] = new Libc.PollFd { Fd = (int?)input?.DangerousGetHandle() ?? -1, Events = Libc.PollOut };
        if (Libc.Poll(files, 3, (int)Math.Ceiling(patience.TotalMilliseconds)) <= 0)
            return;
        if (files[0].Returned != 0)
            one.Read();
        if (files[1].Returned != 0)
            other.Read();
    }

    /// <summary>What a child writes, as it comes.</summary>
    private sealed class Pipe(SafeFileHandle end)
    {
        private const int AtOnce = 64 << 10;

        private readonly ArrayBufferWriter<byte> read = new();

        public bool IsOpen { get; private set; } = true;

        public bool IsTooLong => read.WrittenCount > MostBytes;

        public bool IsSilent => read.WrittenCount == 0;

        /// <summary>-1, which poll passes over, when it is at its end.</summary>
        public int Descriptor => IsOpen ? (int)end.DangerousGetHandle() : -1;

        /// <summary>All that it said; empty where somebody else still holds it open, for there may be more to come.</summary>
        public string Whole => IsOpen ? string.Empty : Encoding.UTF8.GetString(read.WrittenSpan);

        public void Read()
        {
            nint count;
            fixed (byte* into = read.GetSpan(AtOnce))
                count = Libc.Read(Descriptor, into, AtOnce);
            if (count < 0 && Marshal.GetLastPInvokeError() is Errno.WouldBlock or Errno.Interrupted)
                return;
            IsOpen = count > 0;
            read.Advance((int)Math.Max(count, 0));
        }
    }
}
