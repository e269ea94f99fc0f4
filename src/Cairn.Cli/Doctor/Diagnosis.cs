namespace Cairn.Cli.Doctor;

/// <summary>What one check says.</summary>
/// <param name="Check">What was looked at: a word or two.</param>
/// <param name="Verdict">How bad it is.</param>
/// <param name="Says">What is true here.</param>
/// <param name="Advice">What to do; null where nothing is.</param>
internal sealed record Diagnosis(string Check, Verdict Verdict, string Says, string? Advice = null);

/// <summary>How bad it is.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Good to know; nothing to be done.</summary>
    Note,

    /// <summary>Work may be lost.</summary>
    Warning,

    /// <summary>It will not work.</summary>
    Error,
}
