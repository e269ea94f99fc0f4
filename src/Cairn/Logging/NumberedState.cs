using System.Collections;

namespace Cairn;

/// <summary>
/// A message's state for a structured log: behind each value that is said in words (<see cref="INumbered"/>) stand its numbers. The words stay under the
/// template's name, since some loggers make the message of the template and these values. The template itself stays the last.
/// </summary>
internal sealed class NumberedState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> values = [];
    private readonly object said;

    private NumberedState(IReadOnlyList<KeyValuePair<string, object?>> said)
    {
        this.said = said;
        foreach (var (name, value) in said)
        {
            values.Add(new(name, value is INumbered ? value.ToString() : value));
            if (value is INumbered numbered)
                values.AddRange(numbered.Numbers(name));
        }
    }

    public int Count => values.Count;

    public KeyValuePair<string, object?> this[int index] => values[index];

    /// <summary>Null where nothing in the message is said in words.</summary>
    public static NumberedState? Of(object? state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> said && said.Any(one => one.Value is INumbered) ? new(said) : null;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => values.GetEnumerator();

    /// <summary>The message, as loggers that know no state want it.</summary>
    public override string? ToString() => said.ToString();
}
