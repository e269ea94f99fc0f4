using Cairn.JsonForms;

namespace Cairn.Cli.Stopping;

/// <summary>What <c>cairn stop</c> or <c>cairn resume</c> has done.</summary>
/// <param name="Target">What.</param>
/// <param name="Did">One word: asked, stopped, held, ended, finished, released, requeued, submitted or nothing.</param>
/// <param name="SavedStep">The step of its newest checkpoint, as far as that is told.</param>
/// <param name="Words">The same for people.</param>
internal sealed record StopReport(StopTarget Target, string Did, long? SavedStep, string Words)
{
    public void Write(bool json) => Console.Out.WriteLine(json ? JsonWriting.Indented(writer =>
    {
        writer.WriteStartObject();
        writer.WriteIfThere("job", Target.Job);
        writer.WriteIfThere("folder", Target.Folder);
        writer.WriteString("did", Did);
        writer.WriteIfThere("saved_step", SavedStep);
        writer.WriteString("words", Words);
        writer.WriteEndObject();
    }) : Printable.Of(Words));
}
