using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Posix;

/// <summary>
/// A child with pipes at its three standard streams, whose ends here do not block. How it ends is asked of the kernel, for this child alone: no handler of
/// SIGCHLD is needed, and none of the program's is touched.
/// </summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private const int DuplicateAbove = 1030; // F_DUPFD_CLOEXEC
    private const int FirstOther = 3; // behind the standard streams
    private const int SignalMask = 0x7f;

    // What .NET ignores in its own process, and what would have the kernel throw away how the child's own children end.
    private const ulong ToDefault = (1UL << (SignalName.Pipe - 1)) | (1UL << (SignalName.Chld - 1));

    // Killed, and not yet dead when they were left: one may hang in a file system.
    private static readonly HashSet<int> Left = [];

    private readonly int pid;
    private bool hasExited;

    private ChildProcess(int pid, SafeFileHandle input, SafeFileHandle output, SafeFileHandle errors) =>
        (this.pid, Input, Output, Errors) = (pid, input, output, errors);

    /// <summary>What it reads is written here.</summary>
    public SafeFileHandle Input { get; }

    /// <summary>What it writes to standard output is read here.</summary>
    public SafeFileHandle Output { get; }

    /// <summary>What it writes to standard error is read here.</summary>
    public SafeFileHandle Errors { get; }

    /// <summary>Its exit code, 128 and the signal's number where it died of one; null while it runs, and where the program around this one has taken it: by a wait for any child, or since it ignores SIGCHLD.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Starts one in the caller's folder, session and process group.</summary>
    /// <param name="path">The executable; PATH is not searched.</param>
    /// <param name="arguments">Its arguments, its own name first.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="first">What it finds on its standard input at once.</param>
    /// <param name="taken">How much of that fits into the pipe. The rest is the caller's to write.</param>
    /// <exception cref="Win32Exception">It could not be started; the error code says why.</exception>
    public static ChildProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, ReadOnlySpan<byte> first, out int taken)
    {
        Reap();
        var (reads, writes) = Pipe();
        using (reads)
        {
            SetNonBlocking(writes);

            // Before there is a reader that could go away: the signal of a broken pipe would end the program.
            taken = Write(writes, first);
            if (taken == first.Length)
                writes.Dispose();
            var (output, toOutput) = Pipe();
            var (errors, toErrors) = Pipe();
            SetNonBlocking(output);
            SetNonBlocking(errors);
            try
            {
                using (toOutput)
                using (toErrors)
                {
                    return new(
                        Spawn.Start(new ProcessStart(path, arguments, environment) { Input = reads, Output = toOutput, Error = toErrors, OwnSession = false, Default = ToDefault }),
                        writes, output, errors);
                }
            }
            catch
            {
                writes.Dispose();
                output.Dispose();
                errors.Dispose();
                throw;
            }
        }
    }

    /// <summary>Whether it has ended. Asks the kernel, and does not wait.</summary>
    public bool HasExited()
    {
        if (hasExited)
            return true;
        var ended = Libc.WaitPid(pid, out var status, Libc.NoHang);
        if (ended == pid)
            ExitCode = (status & SignalMask) == 0 ? (status >> 8) & 0xff : 128 + (status & SignalMask);
        return hasExited = ended == pid || (ended < 0 && Marshal.GetLastPInvokeError() == Errno.NoChild);
    }

    /// <summary>Kills it alone.</summary>
    public void Kill()
    {
        if (!HasExited())
            _ = Libc.Kill(pid, SignalName.Kill);
    }

    /// <summary>Writes what a pipe takes now, or any descriptor that is written to as one.</summary>
    /// <returns>How much that was; all of it where nobody reads any more.</returns>
    public static int Write(SafeFileHandle pipe, ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        fixed (byte* first = bytes)
        {
            while (written < bytes.Length)
            {
                var count = Libc.Write((int)pipe.DangerousGetHandle(), first + written, (nuint)(bytes.Length - written));
                if (count < 0 && Marshal.GetLastPInvokeError() == Errno.WouldBlock)
                    break;
                if (count < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    return bytes.Length;
                written += (int)Math.Max(count, 0);
            }
        }

        return written;
    }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Errors.Dispose();
        Kill();
        if (HasExited())
            return;
        lock (Left)
            Left.Add(pid);
    }

    // Until then their numbers are nobody else's.
    private static void Reap()
    {
        lock (Left)
            Left.RemoveWhere(pid => Libc.WaitPid(pid, out _, Libc.NoHang) != 0);
    }

    private static (SafeFileHandle Reads, SafeFileHandle Writes) Pipe()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var (reads, writes) = (Above(ends[0]), Above(ends[1]));
        if (reads.IsInvalid || writes.IsInvalid)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        return (reads, writes);
    }

    private static void SetNonBlocking(SafeFileHandle end)
    {
        if (Libc.Control(end, Libc.SetFlags, Libc.NonBlocking) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    // Where the program has closed a standard stream a new descriptor takes its place, which the child's own would overwrite.
    private static SafeFileHandle Above(int descriptor)
    {
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (descriptor >= FirstOther)
            return handle;
        using (handle)
            return new SafeFileHandle(Libc.Control(descriptor, DuplicateAbove, FirstOther), ownsHandle: true);
    }
}
