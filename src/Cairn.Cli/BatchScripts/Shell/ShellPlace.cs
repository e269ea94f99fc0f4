namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>Where in the script a command stands; what surrounds it decides when it runs, and what hears its end.</summary>
internal readonly record struct ShellPlace
{
    /// <summary>The function whose body it is in.</summary>
    public string? Function { get; init; }

    /// <summary>Ends in &amp;, or is part of what does.</summary>
    public bool Background { get; init; }

    /// <summary>One of several commands joined by |.</summary>
    public bool Piped { get; init; }

    /// <summary>In a branch: if, case, or behind &amp;&amp; or ||.</summary>
    public bool Conditional { get; init; }

    /// <summary>Behind ||: it runs where what stands before it has failed.</summary>
    public bool Otherwise { get; init; }

    /// <summary>In the branch of else or elif.</summary>
    public bool Else { get; init; }

    /// <summary>In while, until or for, their conditions included.</summary>
    public bool Loop { get; init; }

    /// <summary>In ( ).</summary>
    public bool Subshell { get; init; }

    /// <summary>In $( ).</summary>
    public bool Substitution { get; init; }

    /// <summary>Behind !, or the condition of until: what follows runs where it fails.</summary>
    public bool Negated { get; init; }

    /// <summary>Its failure does not end a script under set -e: it is a condition, or stands before &amp;&amp; or ||, or behind !.</summary>
    public bool Guarded { get; init; }
}
