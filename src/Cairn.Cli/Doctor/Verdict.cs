namespace Cairn.Cli.Doctor;

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
