using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.Contract;

/// <summary>How the processes of a program stop together, as the wrapper says it. The numbers stand in the page.</summary>
internal enum PageState
{
    /// <summary>Not known yet: the program goes on.</summary>
    Undecided = 0,

    /// <summary>All are there: the program goes on, and what its flag says only tells the wrapper.</summary>
    Together = 1,

    /// <summary>Nobody goes on: it is being agreed.</summary>
    Held = 2,

    /// <summary>All stop at <see cref="ProgramPage.Stop"/>.</summary>
    Stop = 3,

    /// <summary>Each stops for itself, by its flag.</summary>
    Apart = 4,
}

/// <summary>
/// What one process of a program and the wrapper on its machine tell each other at every step: a file in the folder that CAIRN_PAGES names, made and mapped by
/// the program. 16 words of 8 bytes, little-endian; docs/run.md describes them.
/// </summary>
/// <remarks>The wrapper reads and writes it as a file, which is the same memory: one that somebody cuts off cannot end it by SIGBUS.</remarks>
internal sealed class ProgramPage : IDisposable
{
    public const string Suffix = ".page";

    private const int Words = 16;
    private const int PassedWord = 8;
    private const int WantsWord = 9;
    private const int StateWord = 10;
    private const int StopWord = 11;
    private const int BeatWord = 12;

    private readonly SafeFileHandle file;
    private readonly bool isLocked;

    private ProgramPage(SafeFileHandle file, ReadOnlySpan<byte> words)
    {
        this.file = file;
        Rank = (int)Word(words, 1);
        WorldSize = (int)Word(words, 2);
        isLocked = Word(words, 6) == 1;
    }

    public int Rank { get; }

    public int WorldSize { get; }

    /// <summary>The step that the process came to last; -1 before the first.</summary>
    public long Passed
    {
        get
        {
            // It may be written just now.
            while (true)
            {
                var once = Read(PassedWord);
                if (Read(PassedWord) == once)
                    return once;
            }
        }
    }

    /// <summary>The process itself wants to stop.</summary>
    public bool Wants => Read(WantsWord) == 1;

    /// <summary>The process has ended. Where the file system knows no locks this is never known.</summary>
    public bool HasEnded
    {
        get
        {
            if (!isLocked || Libc.Lock(file, Libc.LockExclusiveNow) != 0)
                return false;
            _ = Libc.Lock(file, Libc.Unlock);
            return true;
        }
    }

    /// <summary>Opens one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="attempt">Which life of the job this is: what another one left does not count.</param>
    /// <param name="problem">Why it is none; null where it is of no interest.</param>
    public static ProgramPage? Open(string path, int attempt, out string? problem)
    {
        problem = null;

        // .NET's own way to open would ask for the lock that the process holds.
        var opened = Libc.Open(path, Libc.ReadWrite | Libc.NoFollow | Libc.NonBlocking | Libc.CloseOnExec, 0);
        var error = Marshal.GetLastPInvokeError();
        if (opened.IsInvalid)
        {
            opened.Dispose();
            problem = error == Errno.NoEntry ? null : $"{path}: {Marshal.GetPInvokeErrorMessage(error)}";
            return null;
        }

        try
        {
            Span<byte> words = stackalloc byte[Words * sizeof(long)];
            if (RandomAccess.Read(opened, words, 0) != words.Length || !words.StartsWith("CAIRNPG1"u8) || Word(words, 1) is < 0 or > int.MaxValue || Word(words, 2) is < 1 or > int.MaxValue)
                problem = $"{path} is no page of a program's";
            else if (Word(words, 3) == attempt && !words.Slice(4 * sizeof(long), 16).SequenceEqual(Machine))
                problem = $"rank {Word(words, 1)} is on another machine than its wrapper (put cairn run --task around each task)";
            else if (Word(words, 3) == attempt)
                return new(opened, words);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {failure.Message}";
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Says how it stops.</summary>
    public void Tell(PageState state, long stop)
    {
        if (state == PageState.Stop)
            Write(StopWord, stop);
        Write(StateWord, (long)state);
    }

    /// <summary>Says that the wrapper is still there.</summary>
    public void Beat(long beat) => Write(BeatWord, beat);

    public void Dispose() => file.Dispose();

    // Sixteen bytes that no other machine has until this one is started again.
    private static byte[] Machine { get; } = ReadMachine();

    private static byte[] ReadMachine()
    {
        try
        {
            return Convert.FromHexString(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim().Replace("-", string.Empty, StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return new byte[16]; // the program finds the same
        }
    }

    private static long Word(ReadOnlySpan<byte> words, int index) => BinaryPrimitives.ReadInt64LittleEndian(words[(index * sizeof(long))..]);

    // A file system that fails has the whole program fail; the wrapper lives on for what comes then.
    private long Read(int index)
    {
        Span<byte> word = stackalloc byte[sizeof(long)];
        try
        {
            return RandomAccess.Read(file, word, index * sizeof(long)) == word.Length ? BinaryPrimitives.ReadInt64LittleEndian(word) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private void Write(int index, long value)
    {
        Span<byte> word = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(word, value);
        try
        {
            RandomAccess.Write(file, word, index * sizeof(long));
        }
        catch (IOException)
        {
        }
    }
}
