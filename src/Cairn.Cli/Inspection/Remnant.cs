using Cairn.Checkpoints;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>Something in the folder that is no checkpoint, and that Cairn put there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is, in words.</param>
/// <param name="Files">The files in it.</param>
/// <param name="Changed">When something was added to it last; null where it cannot be looked at.</param>
internal sealed record Remnant(string Name, string Kind, IReadOnlyList<FileStatus> Files, DateTimeOffset? Changed)
{
    public static IEnumerable<Remnant> In(string folder) =>
        from name in FolderContents.Names(folder).Order(StringComparer.Ordinal)
        let kind = KindOf(name)
        where kind is not null
        let path = Path.Combine(folder, name)
        select new Remnant(name, kind, FolderContents.Files(path), FolderContents.Changed(path));

    private static string? KindOf(string name) =>
        name.StartsWith(CheckpointNames.TemporaryPrefix, StringComparison.Ordinal) ? "being saved, or left by a dead writer: the next start removes it then"
        : name.StartsWith(CheckpointNames.DeletingPrefix, StringComparison.Ordinal) ? "being deleted: the next start ends that"
        : name.StartsWith(CheckpointNames.AsidePrefix, StringComparison.Ordinal) ? "moved aside, broken, superseded or gone back behind: look at it, then remove it"
        : null;
}
