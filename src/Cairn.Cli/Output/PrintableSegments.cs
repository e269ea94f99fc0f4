using Spectre.Console.Rendering;

namespace Cairn.Cli.Output;

/// <summary>The same as <see cref="PrintableWriter"/> for what is drawn with colours: the colours alone are control sequences.</summary>
internal sealed class PrintableSegments : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables)
    {
        foreach (var renderable in renderables)
            yield return new Printed(renderable);
    }

    private sealed class Printed(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            foreach (var segment in inner.Render(options, maxWidth))
                yield return segment.IsControlCode || segment.IsLineBreak ? segment : new(Printable.Of(segment.Text), segment.Style);
        }
    }
}
