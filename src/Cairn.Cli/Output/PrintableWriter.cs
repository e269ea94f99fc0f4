using System.Text;

namespace Cairn.Cli.Output;

/// <summary>
/// What <see cref="Console.Out"/> and <see cref="Console.Error"/> are: whatever is written, of whatever file's name or other program's
/// words it is made, it is <see cref="Printable"/> when it comes out. So nobody has to think of it.
/// </summary>
/// <param name="inner">Where it goes.</param>
/// <param name="keepsLines">A call of <see cref="WriteLine(string)"/> may hold several lines, as help and JSON do; else it is one line.</param>
internal sealed class PrintableWriter(Lazy<TextWriter> inner, bool keepsLines) : TextWriter
{
    public override Encoding Encoding => inner.Value.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => inner.Value.Write(Printable.Of(value ?? "", keepsLines: true));

    public override void WriteLine(string? value) => inner.Value.Write(Printable.Of(value ?? "", keepsLines) + "\n");

    public override void Flush() => inner.Value.Flush();
}
