namespace Cairn;

/// <summary>A variable that Slurm sets holds what Slurm never sets.</summary>
public sealed class SlurmEnvironmentException : CairnException
{
    internal SlurmEnvironmentException(string variable, string value)
        : base($"the environment variable {variable} is '{value}', where Slurm sets a whole number; unset it, or run outside of the job", ExitCodes.NeverRequeue) => Variable = variable;

    /// <summary>The variable's name.</summary>
    public string Variable { get; }
}
