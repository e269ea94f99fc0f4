using System.Globalization;

namespace Cairn.Checkpoints;

/// <summary>The names of directories in the store. Only the first kind is a checkpoint; the others begin so that nobody takes them for one.</summary>
internal static class CheckpointNames
{
    /// <summary>A checkpoint that is being written.</summary>
    public const string TemporaryPrefix = ".saving-";

    /// <summary>A checkpoint that is being deleted.</summary>
    public const string DeletingPrefix = ".deleting-";

    /// <summary>A checkpoint that had to make room.</summary>
    public const string AsidePrefix = "aside-";

    private const string StepPrefix = "step-";
    private const int Digits = 10;

    /// <summary>The name of a step's checkpoint: ten digits, so that names sort as steps do; more when the step has more.</summary>
    public static string ForStep(long step) => StepPrefix + step.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');

    /// <summary>A new name to write a step's checkpoint under. The attempt is in it for people who look.</summary>
    public static string NewTemporary(long step, int attempt) => $"{TemporaryPrefix}{ForStep(step)}-attempt-{attempt}-{Guid.NewGuid():N}";

    /// <summary>A new name to delete something under.</summary>
    public static string NewDeleting(string name) => $"{DeletingPrefix}{name.TrimStart('.')}-{Guid.NewGuid():N}";

    /// <summary>The name of a step's checkpoint that had to make room; kept for people to look at.</summary>
    public static string Aside(long step, int number) => $"{AsidePrefix}{ForStep(step)}-{number}";

    /// <summary>The step that a directory's name says; null when it is not the name of a checkpoint.</summary>
    public static long? StepOf(string name) =>
        name.StartsWith(StepPrefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && ForStep(step) == name
            ? step
            : null;
}
