using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>A system call failed; says which, on what, and with which error number.</summary>
internal sealed class PosixException(string call, string path, int errno)
    : IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    public int Errno { get; } = errno;

    /// <summary>No space left, or the quota is used up: the same to whoever wants to save.</summary>
    public bool IsFull => Errno is Posix.Errno.NoSpace or Posix.Errno.QuotaExceeded;

    /// <summary>
    /// Whether the error says what lies on the disk: nothing of that name, a link, or something that is no file of a checkpoint. Every
    /// other one says only that it could not be read just now (a handle gone stale, no rights, too many open files, a time-out).
    /// </summary>
    public bool ProvesDamage => Errno is Posix.Errno.NoEntry or Posix.Errno.NotADirectory or Posix.Errno.IsADirectory or Posix.Errno.Loop or Posix.Errno.NotSeekable;

    /// <summary>The error of the P/Invoke that this thread made last.</summary>
    public static PosixException Last(string call, string path) => new(call, path, Marshal.GetLastPInvokeError());
}
