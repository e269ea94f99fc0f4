using System.Collections;

namespace Cairn.Attempts;

/// <summary>The attempts of a checkpoint folder, oldest first. A journal is read when its attempt is asked for, and only its ends and what decides.</summary>
internal sealed class AttemptHistory : IReadOnlyList<AttemptStory>
{
    private readonly IReadOnlyList<(int Number, string Path)> journals;
    private readonly AttemptStory?[] read;

    private AttemptHistory(IReadOnlyList<(int Number, string Path)> journals)
    {
        this.journals = journals;
        read = new AttemptStory?[journals.Count];
    }

    public int Count => journals.Count;

    /// <exception cref="IOException">The journal cannot be read.</exception>
    public AttemptStory this[int index] =>
        read[index] ??= new AttemptStory(journals[index].Number, journals[index].Path, JournalFile.ReadEnds(journals[index].Path));

    /// <summary>Lists a folder; reads no journal yet.</summary>
    /// <param name="checkpointFolder">The folder.</param>
    /// <param name="before">Attempts from this one on are left out.</param>
    public static AttemptHistory Of(string checkpointFolder, int before = int.MaxValue) =>
        new([.. AttemptFiles.In(checkpointFolder).Where(journal => journal.Number < before)]);

    /// <summary>The step from which an attempt went on; null when nothing is known of that.</summary>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public long? ResumedFrom(int attempt)
    {
        for (var i = Count - 1; i >= 0 && journals[i].Number >= attempt; i--)
        {
            if (journals[i].Number == attempt)
                return this[i].ResumedFrom;
        }

        return null;
    }

    public IEnumerator<AttemptStory> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
