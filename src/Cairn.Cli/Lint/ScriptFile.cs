using System.Text;
using Cairn.Cli.BatchScripts;
using Cairn.Posix;

namespace Cairn.Cli.Lint;

/// <summary>The file of a script: its text, and the way back.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Text">The text.</param>
/// <param name="Encoding">UTF-8, or Latin 1 where the bytes are none: so that each byte that no fix touches is written as it was.</param>
internal sealed record ScriptFile(string Path, string Text, Encoding Encoding)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="BatchScriptException">It cannot be read, or is no text.</exception>
    public static ScriptFile Read(string path)
    {
        var content = BatchScript.ReadBytes(path);
        if (Array.IndexOf(content, (byte)0) is var nul and >= 0)
            throw new BatchScriptException(path, content.AsSpan(0, nul).Count((byte)'\n') + 1, "is a binary file (it holds a NUL byte)");
        try
        {
            return new(path, Strict.GetString(content), Strict);
        }
        catch (DecoderFallbackException)
        {
            return new(path, Encoding.Latin1.GetString(content), Encoding.Latin1);
        }
    }

    /// <summary>Puts another text into the file, all of it or nothing; its rights stay, and a link to it stays a link.</summary>
    /// <exception cref="BatchScriptException">The file or its folder cannot be written.</exception>
    public void Write(string text) => WriteTo(Path, text);

    /// <summary>The same into another file, which gets the rights of this one where it is new.</summary>
    /// <exception cref="BatchScriptException">The file or its folder cannot be written.</exception>
    public void WriteTo(string path, string text)
    {
        string? temporary = null;
        try
        {
            // Of a relative path .NET resolves a relative link wrongly.
            var full = System.IO.Path.GetFullPath(path);
            if (FileStatus.At(full) is { IsFile: false })
                throw new BatchScriptException(path, null, "is there already, and no regular file");
            var target = new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            temporary = $"{target}.{Environment.ProcessId}.new";
            File.WriteAllText(temporary, text, Encoding);
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(File.Exists(target) ? target : Path));
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
            throw new BatchScriptException(path, null, $"cannot be written: {error.Message}");
        }
    }
}
