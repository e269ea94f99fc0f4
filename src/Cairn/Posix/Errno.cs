using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>The error numbers of Linux that are told apart; the same on every architecture that .NET runs on.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NotExecutable = 8;
    public const int NoChild = 10;
    public const int WouldBlock = 11;
    public const int NoAccess = 13;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int NotSeekable = 29;
    public const int ReadOnly = 30;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int NotEmpty = 39;
    public const int Loop = 40; // a symbolic link where none is followed
    public const int NotSupported = 95;
    public const int Stale = 116; // on a shared file system: what was opened, or looked up, is gone or was replaced
    public const int QuotaExceeded = 122;

    /// <summary>Whether an error says that a name or its rights are wrong, as they will be next time; every other one may pass.</summary>
    public static bool TellsOfTheName(Exception error) => error switch
    {
        UnauthorizedAccessException or DirectoryNotFoundException or FileNotFoundException or PathTooLongException => true,
        PosixException posix => IsOfTheName(posix.Errno),
        IOException other => IsOfTheName(other.HResult), // .NET keeps the number there
        _ => true,
    };

    private static bool IsOfTheName(int number) =>
        number is NotPermitted or NoEntry or NoAccess or Exists or NotADirectory or IsADirectory or Invalid or ReadOnly or NameTooLong or Loop;

    /// <summary>Whether the call that just failed was only interrupted by a signal, and is to be made again.</summary>
    public static bool WasInterrupted => Marshal.GetLastPInvokeError() == Interrupted;
}
