using System.Globalization;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>How long a requeued job waits before it may start: as long as credentials live (cred_expire of AuthInfo).</summary>
internal static class RequeueDelayCheck
{
    private const int Default = 120;

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (!patient.Cluster.Answers)
            yield break;
        var option = patient.Cluster.Setting("AuthInfo").Split(',').FirstOrDefault(part => part.StartsWith("cred_expire=", StringComparison.Ordinal));
        var seconds = int.TryParse(option.AsSpan(Math.Min(option?.Length ?? 0, 12)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : Default;
        yield return new("requeue delay", Verdict.Ok, $"a requeued job waits about {Duration.Words(TimeSpan.FromSeconds(seconds))} before it may start again (cred_expire).");
    }
}
