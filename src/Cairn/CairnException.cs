namespace Cairn;

/// <summary>The root of every error that Cairn reports. The message names what is wrong and what to do.</summary>
public abstract class CairnException : Exception
{
    internal CairnException(string message, int exitCode, Exception? inner = null)
        : base(message, inner) => ExitCode = exitCode;

    /// <summary>The exit code that a program should end with when nothing catches this error (see <see cref="ExitCodes"/>).</summary>
    public int ExitCode { get; }
}
