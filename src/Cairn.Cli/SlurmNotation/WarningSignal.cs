using Cairn;
using Cairn.Interruptions.Signals;

namespace Cairn.Cli.SlurmNotation;

/// <summary>What <c>--signal=[B:]SIGNAL[@LEAD]</c> asks for.</summary>
/// <param name="Signal">The signal's number.</param>
/// <param name="Lead">How long before the limit it is sent; Slurm's default is 60 s.</param>
/// <param name="BatchShellOnly">Whether it goes to the batch shell alone (<c>B:</c>), and not to the tasks of <c>srun</c>.</param>
internal sealed record WarningSignal(int Signal, TimeSpan Lead, bool BatchShellOnly)
{
    public static readonly TimeSpan DefaultLead = TimeSpan.FromSeconds(60);

    /// <exception cref="UsageException">The text has another form.</exception>
    public static WarningSignal Parse(string text)
    {
        var rest = text;
        var batchShellOnly = rest.StartsWith("B:", StringComparison.OrdinalIgnoreCase);
        if (batchShellOnly)
            rest = rest[2..];
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        var lead = at < 0 ? DefaultLead : SlurmDuration.ParseSeconds(rest[(at + 1)..], "--signal (lead)");
        var name = at < 0 ? rest : rest[..at];
        var signal = SignalName.TryParse(name) ?? throw new UsageException(
            $"--signal {text}: '{name}' is no signal. Write [B:]SIGNAL@LEAD, for example USR2@60 or B:USR1@8s.");
        return new WarningSignal(signal, lead, batchShellOnly);
    }

    public override string ToString() => $"{(BatchShellOnly ? "B:" : "")}{SignalName.Of(Signal)}@{Duration.Words(Lead)}";
}
