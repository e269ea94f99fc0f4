namespace Cairn.Cli.Adoption;

/// <summary>Something that is to be said about a line.</summary>
/// <param name="Line">The line of the script as it was, from 1; null for the whole of it.</param>
/// <param name="Text">What.</param>
internal sealed record Remark(int? Line, string Text);

/// <summary>The script cannot be converted safely.</summary>
internal sealed class NotAdoptedException(int? line, string reason) : Exception(reason)
{
    public Remark Remark { get; } = new(line, reason);
}

/// <summary>What has come of it.</summary>
/// <param name="Draft">The script, before and after; unchanged where it is under <c>cairn run</c> already.</param>
/// <param name="Refusal">Why it was left as it is; null where it was not.</param>
/// <param name="Remarks">What the change means, where the diff does not say so.</param>
/// <param name="ForProgram">What is still to be done in the program.</param>
internal sealed record AdoptedScript(Draft Draft, Remark? Refusal, IReadOnlyList<Remark> Remarks, IReadOnlyList<string> ForProgram)
{
    public bool IsChanged => Draft.Text != string.Join('\n', Draft.Before.Lines);
}
