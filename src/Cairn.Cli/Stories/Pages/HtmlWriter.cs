using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cairn.Cli.Stories.Pages;

/// <summary>
/// Writes HTML and SVG by interpolated strings: what stands in the program is markup, whatever is put into its holes is text, and is escaped. So nothing
/// that comes out of a file can be markup, in an element or in a quoted attribute.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _page = new();

    [SuppressMessage("Performance", "CA1822", Justification = "The compiler hands the writer to the piece, which writes into it.")]
    public void Add([InterpolatedStringHandlerArgument("")] ref Piece piece) => piece.End();

    /// <summary>A style sheet of the program's own, as it is: its hash is told to the browser.</summary>
    public void AddStyle(string style) => _page.Append("<style>").Append(style).Append("</style>");

    public override string ToString() => _page.ToString();

    private void Escape(string text)
    {
        foreach (var letter in Printable.Of(text))
        {
            switch (letter)
            {
                case '<':
                    _page.Append("&lt;");
                    break;
                case '>':
                    _page.Append("&gt;");
                    break;
                case '&':
                    _page.Append("&amp;");
                    break;
                case '"':
                    _page.Append("&quot;");
                    break;
                case '\'':
                    _page.Append("&#39;");
                    break;
                default:
                    _page.Append(letter);
                    break;
            }
        }
    }

    /// <summary>One interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Piece
    {
        private readonly HtmlWriter _writer;

        public Piece(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _writer = writer;
            writer._page.EnsureCapacity(writer._page.Length + literalLength + (8 * formattedCount));
        }

        public void AppendLiteral(string markup) => _writer._page.Append(markup);

        public void AppendFormatted(string? text) => _writer.Escape(text ?? "");

        public void AppendFormatted(long number) => _writer._page.Append(number);

        public void AppendFormatted(double number) => _writer._page.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        public void End() => _writer._page.Append('\n');
    }
}
