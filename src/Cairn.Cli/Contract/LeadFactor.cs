using System.Globalization;

namespace Cairn.Cli.Contract;

/// <summary>
/// What a rehearsal tells the programs of its job: leads are to be multiplied by this. As JOB:FACTOR, so that no job that is submitted
/// from inside takes it for its own.
/// </summary>
internal static class LeadFactor
{
    public const string Variable = "CAIRN_REHEARSAL";

    public static string Text(int job, double factor) => string.Create(CultureInfo.InvariantCulture, $"{job}:{factor:0.########}");

    /// <summary>The factor in this job; 1 outside of a rehearsal.</summary>
    public static double Here(Func<string, string?> variable) =>
        variable(Variable)?.Split(':') is [var job, var text] && job == variable("SLURM_JOB_ID")
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) && factor is > 0 and <= 1
            ? factor
            : 1;
}
