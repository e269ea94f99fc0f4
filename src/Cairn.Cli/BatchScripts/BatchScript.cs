using System.Text;

namespace Cairn.Cli.BatchScripts;

/// <summary>A batch script as sbatch reads it: the bytes, the interpreter, and the directives that count.</summary>
/// <param name="Path">Where it was read from.</param>
/// <param name="Content">The whole script; sbatch runs a copy, so that a later edit changes nothing.</param>
/// <param name="Interpreter">What the #! line names, with its one argument if there is one.</param>
/// <param name="Directives">The options of the #SBATCH lines up to the first command, in their order.</param>
internal sealed record BatchScript(
    string Path, byte[] Content, IReadOnlyList<string> Interpreter, IReadOnlyList<Directive> Directives)
{
    /// <summary>Long options that sbatch itself does not know; a plugin of the site may.</summary>
    public IReadOnlyList<(int Line, string Name)> PluginOptions { get; private init; } = [];

    /// <summary>sbatch refuses larger ones by default (max_script_size).</summary>
    public const int LargestScript = 4 * 1024 * 1024;

    /// <summary>Reads the script with the same refusals as sbatch.</summary>
    /// <exception cref="BatchScriptException">It is no batch script, or a directive in it is wrong.</exception>
    public static BatchScript Read(string path) => Parse(path, ReadBytes(path));

    /// <summary>The script as it is.</summary>
    /// <exception cref="BatchScriptException">It cannot be read, or is larger than a script may be.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            return NamedFile.Read(path, LargestScript);
        }
        catch (NamedFileException error)
        {
            throw new BatchScriptException(path, null, error.Message);
        }
    }

    /// <summary>The same for a script that is in memory already.</summary>
    /// <exception cref="BatchScriptException">It is no batch script, or a directive in it is wrong.</exception>
    public static BatchScript Parse(string path, byte[] content)
    {
        if (content.All(value => char.IsWhiteSpace((char)value)))
            throw new BatchScriptException(path, null, "is empty");
        if (!content.AsSpan().StartsWith("#!"u8))
            throw new BatchScriptException(path, 1, "the first line must start with #! and the path of an interpreter, as #!/bin/bash");
        if (content.Contains((byte)0))
            throw new BatchScriptException(path, null, "is a binary file (it holds a NUL byte)");
        if (content.AsSpan().IndexOf("\r\n"u8) is var carriage and >= 0)
        {
            var line = content.AsSpan(0, carriage).Count((byte)'\n') + 1;
            throw new BatchScriptException(path, line, @"ends in a DOS line break (\r\n), which sbatch refuses; convert it, for example with sed -i 's/\r$//'");
        }

        var lines = Encoding.UTF8.GetString(content).Split('\n');
        var read = DirectiveReader.Read(path, lines);
        return new(path, content, ReadInterpreter(path, lines[0]), read.Directives) { PluginOptions = read.Unknown };
    }

    // The kernel passes everything after the interpreter as one argument; so do we.
    private static string[] ReadInterpreter(string path, string line)
    {
        var parts = line[2..].Trim().Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? parts : throw new BatchScriptException(path, 1, "names no interpreter after #!");
    }
}
