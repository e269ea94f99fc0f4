using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// The hidden stage <c>cairn __exec</c> between the scheduler and a program: a session of its own, the death of the parent as a KILL,
/// no inherited signal mask or ignored signal, its files; then it becomes the program.
/// </summary>
internal static unsafe class ExecStage
{
    public const string Name = "__exec";

    /// <summary>A shell's code for a program that cannot be started.</summary>
    public const int CannotStart = 127;

    /// <summary>The arguments that bring about what <see cref="Run"/> does.</summary>
    /// <param name="diesWithParent">Whether the program is killed when the process that starts it ends.</param>
    /// <param name="output">Standard output is appended to this file; null leaves it as it is.</param>
    /// <param name="error">The same for standard error; may be the same file.</param>
    /// <param name="program">The program and its arguments.</param>
    public static IEnumerable<string> Arguments(bool diesWithParent, string? output, string? error, IEnumerable<string> program) =>
    [
        Name,
        diesWithParent ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : "0",
        output ?? string.Empty,
        error ?? string.Empty,
        .. program,
    ];

    /// <summary>Becomes the program; returns only where that fails.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length < 4 || !int.TryParse(arguments[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
            throw new UsageException($"{Name} is for cairn's own use.");

        _ = Native.SetSid(); // fails only where this is a session's leader already
        if (parent != 0)
        {
            Check(Native.Prctl(Native.SetParentDeathSignal, 9, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)");
            if (Native.GetParentId() != parent)
                return CannotStart; // it ended before it could be watched
        }

        Redirect("/dev/null", 0, append: false);
        if (arguments[1].Length > 0)
            Redirect(arguments[1], 1, append: true);
        if (arguments[2].Length > 0)
            Redirect(arguments[2], 2, append: true);
        ResetSignals();

        var program = arguments[3..];
        var argv = (byte**)NativeMemory.AllocZeroed((nuint)(program.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < program.Length; i++)
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(program[i]);
        _ = Native.Execute(program[0], argv);
        Console.Error.WriteLine($"cairn local: {program[0]}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        return CannotStart;
    }

    private static void Redirect(string path, int descriptor, bool append)
    {
        var file = Native.Open(path, Native.OpenReadWrite | (append ? Native.OpenCreate | Native.OpenAppend : 0), 0b110_110_110);
        Check(file, path);
        Check(Native.Duplicate(file, descriptor), path);
    }

    // An execve resets handlers, but keeps what is blocked and what is ignored (.NET itself ignores PIPE).
    private static void ResetSignals()
    {
        var mask = stackalloc ulong[16];
        new Span<ulong>(mask, 16).Clear();
        const int setMask = 2;
        _ = Native.SetSignalMask(setMask, mask, null);

        const string key = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        var ignored = ulong.Parse(line.AsSpan(key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        for (var signal = 1; signal <= 64; signal++)
        {
            if ((ignored >> (signal - 1) & 1) != 0)
                _ = Native.SetDisposition(signal, 0);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
            throw new IOException($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }
}
