using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

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
    public static CommandRun Of(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> variables, TimeSpan bound, Action? onLate = null)
    {
        var start = new ProcessStartInfo(InPath(program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var called = Path.GetFileName(program);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var (output, errors) = (new Pipe(process.StandardOutput), new Pipe(process.StandardError));
            var began = TimeProvider.System.GetTimestamp();
            while (!process.HasExited || output.IsOpen || errors.IsOpen)
            {
                if (output.IsTooLong || errors.IsTooLong)
                    return Ended(process, $"{called} says more than {MostBytes >> 20} MiB");
                var left = bound - TimeProvider.System.GetElapsedTime(began);
                if (bound - left >= Late)
                {
                    onLate?.Invoke();
                    onLate = null;
                }

                if (left <= TimeSpan.Zero)
                {
                    // What it started may hold its output open.
                    return process.HasExited
                        ? new(process.ExitCode, output.Whole, errors.Whole, null, null)
                        : Ended(process, $"{called} did not answer within {Duration.Words(bound)}");
                }

                if (output.IsOpen || errors.IsOpen)
                    Await(output, errors, left < Slice ? left : Slice);
                else
                    Thread.Sleep(1); // it is about to end
            }

            return new(process.ExitCode, output.Whole, errors.Whole, null, null);
        }
        catch (Exception error) when (error is Win32Exception or IOException or OutOfMemoryException)
        {
            return new(null, string.Empty, string.Empty, $"{called} cannot be started: {error.Message}", (error as Win32Exception)?.NativeErrorCode ?? 0);
        }
    }

    // .NET looks beside the running executable first, which is no program of Cairn's where `dotnet` or Python runs it: what stands in /usr/bin as they do
    // would be taken for what PATH names.
    private static string InPath(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return program;
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path) && Libc.Access(path, MayExecute) == 0)
                return path;
        }

        return program;
    }

    private static CommandRun Ended(Process process, string why)
    {
        process.Kill(); // it alone: to look for children, which it has not, takes all of /proc, and can fail
        return new(null, string.Empty, string.Empty, why, null);
    }

    private static void Await(Pipe one, Pipe other, TimeSpan patience)
    {
        var files = stackalloc Libc.PollFd[2];
        files[0] = new Libc.PollFd { Fd = one.Descriptor, Events = Libc.PollIn };
        files[1] = new Libc.PollFd { Fd = other.Descriptor, Events = Libc.PollIn };
        if (Libc.Poll(files, 2, (int)Math.Ceiling(patience.TotalMilliseconds)) <= 0)
            return;
        if (files[0].Returned != 0)
            one.Read();
        if (files[1].Returned != 0)
            other.Read();
    }

    /// <summary>What a child writes, as it comes.</summary>
    private sealed class Pipe(StreamReader reader)
    {
        private const int AtOnce = 64 << 10;

        private readonly ArrayBufferWriter<byte> read = new();

        public bool IsOpen { get; private set; } = true;

        public bool IsTooLong => read.WrittenCount > MostBytes;

        /// <summary>-1, which poll passes over, when it is at its end.</summary>
        public int Descriptor => IsOpen ? (int)((PipeStream)reader.BaseStream).SafePipeHandle.DangerousGetHandle() : -1;

        /// <summary>All that it said; empty where somebody else still holds it open, for there may be more to come.</summary>
        public string Whole => IsOpen ? string.Empty : Encoding.UTF8.GetString(read.WrittenSpan);

        public void Read()
        {
            // There is something, or its end: this does not wait.
            var count = reader.BaseStream.Read(read.GetSpan(AtOnce));
            IsOpen = count > 0;
            read.Advance(count);
        }
    }
}
