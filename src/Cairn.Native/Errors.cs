using System.Runtime.InteropServices;
using System.Text;

namespace Cairn.Native;

/// <summary>Errors as the host gets them: a number from the function, a text by another call. Nothing is thrown across.</summary>
internal static unsafe partial class Errors
{
    public const int Ok = 0;
    public const int Step = 1;
    private const int Misuse = 2;
    private const int Forked = 3;
    private const int Host = 4;

    private static readonly int Loader = Environment.ProcessId;

    [ThreadStatic]
    private static string? text;

    [ThreadStatic]
    private static int exitCode;

    [ThreadStatic]
    private static string? hostSays;

    [ThreadStatic]
    private static byte* shown;

    /// <summary>Does one call.</summary>
    /// <param name="act">What it does; its answer is the function's.</param>
    /// <returns>That, or the error's number.</returns>
    public static int Guard(Func<int> act)
    {
        if (IsForked(out var code))
            return code;
        try
        {
            return act();
        }
        catch (Exception error)
        {
            return Keep(error);
        }
    }

    /// <summary>Whether this is another process than the one that loaded the library: a fork has none of its threads.</summary>
    public static bool IsForked(out int code)
    {
        code = Forked;
        if (ProcessId() == Loader)
            return false;
        (text, exitCode) = ($"this process was forked from process {Loader}, which has the run: only that one can use it", ExitCodes.Incomplete);
        return true;
    }

    /// <summary>Keeps an error's text for this thread.</summary>
    /// <returns>The error's number.</returns>
    public static int Keep(Exception error)
    {
        (text, exitCode) = (HostWords.Of(Words(error)), (error as CairnException)?.ExitCode ?? ExitCodes.Incomplete);
        return error switch
        {
            HostException => Host,
            CheckpointMismatchException => 10,
            NoValidCheckpointException => 11,
            CheckpointReadException or CheckpointCorruptException => 12,
            ConditionChangedException => 13,
            FolderInUseException => 14,
            CheckpointFolderException => 15,
            SupersededException => 16,
            UntrackableStateException => 17,
            CheckpointWriteException => 18,
            RankException or FirstRankException => 19,
            ArgumentException or InvalidOperationException or FileNotFoundException => Misuse,
            _ => 20,
        };
    }

    /// <summary>An error in words, without what .NET puts behind them: the parameter's name, and its value once more.</summary>
    public static string Words(Exception error)
    {
        var words = error.Message;
        if (error is ArgumentOutOfRangeException { ActualValue: not null })
            words = words[..words.LastIndexOf(Environment.NewLine, StringComparison.Ordinal)];
        return error is ArgumentException { ParamName: { } parameter } ? words.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : words;
    }

    /// <summary>Why a function of the host's is about to fail.</summary>
    public static void HostFails(string why) => hostSays = why;

    /// <summary>What it said, once.</summary>
    public static string TakeHostsWords(string otherwise)
    {
        var words = hostSays ?? otherwise;
        hostSays = null;
        return words;
    }

    /// <summary>The newest error of this thread.</summary>
    public static byte* Text() => Show(text ?? "no error", ref shown);

    /// <summary>With which code a program should end that does not handle it.</summary>
    public static int ExitCode => text is null ? ExitCodes.Success : exitCode;

    // Environment.ProcessId remembers the parent's.
    [LibraryImport("libc", EntryPoint = "getpid")]
    [SuppressGCTransition]
    private static partial int ProcessId();

    /// <summary>Text that stays until it is replaced in the same place.</summary>
    public static byte* Show(string words, ref byte* place)
    {
        NativeMemory.Free(place);
        var bytes = Encoding.UTF8.GetBytes(words);
        place = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(place, bytes.Length));
        place[bytes.Length] = 0;
        return place;
    }
}
