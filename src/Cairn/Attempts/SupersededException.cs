namespace Cairn;

/// <summary>A later attempt of this job has taken over the checkpoint folder, so this one may not save any more.</summary>
public sealed class SupersededException : CairnException
{
    internal SupersededException(string folder, int attempt)
        : base($"attempt {attempt + 1} has taken over {folder}: attempt {attempt}, this one, stops without saving", ExitCodes.NeverRequeue) => Attempt = attempt;

    /// <summary>The number of the attempt that has to stop.</summary>
    public int Attempt { get; }
}
