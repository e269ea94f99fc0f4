using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>The error numbers of Linux that are told apart; the same on every architecture that .NET runs on.</summary>
internal static class Errno
{
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NotExecutable = 8;
    public const int NoChild = 10;
    public const int WouldBlock = 11;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int NotSeekable = 29;
    public const int NotImplemented = 38;
    public const int NotEmpty = 39;
    public const int Loop = 40; // a symbolic link where none is followed
    public const int NotSupported = 95;
    public const int Stale = 116; // on a shared file system: what was opened, or looked up, is gone or was replaced
    public const int QuotaExceeded = 122;

    /// <summary>Whether the call that just failed was only interrupted by a signal, and is to be made again.</summary>
    public static bool WasInterrupted => Marshal.GetLastPInvokeError() == Interrupted;
}
