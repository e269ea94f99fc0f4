using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>Does the next attempt, perhaps on another node, find the checkpoints?</summary>
internal static class SharedCheck
{
    private const string Advice = "Put the folder on a file system that all nodes share.";

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Folder.Kind is not { } kind)
            yield break;
        var inJob = patient.Job is not null;
        yield return kind.Storage switch
        {
            Storage.Shared => new("shared", Verdict.Ok, $"{kind.Name}: a file system that nodes share."),
            Storage.Memory => new("shared", inJob ? Verdict.Error : Verdict.Warning, $"{kind.Name}: it is in this machine's memory. The checkpoints are gone with the job's memory, or when the machine starts anew.", Advice),
            Storage.Local when inJob => new("shared", Verdict.Warning, $"{kind.Name}, a disk of this node: the next attempt, on another node or after this one was cleaned, does not find the checkpoints.", $"{Advice} On a cluster of one machine it is well."),
            Storage.Local => new("shared", Verdict.Note, $"{kind.Name}, a disk of this machine: well for runs on this machine alone."),
            _ => new("shared", Verdict.Note, $"{kind.Name}: whether other nodes have it, nobody can tell from here."),
        };
    }
}
