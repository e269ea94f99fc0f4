namespace Cairn;

/// <summary>A text in a log message that is made of several things, with those of them that are numbers under names of their own.</summary>
/// <param name="text">The text.</param>
/// <param name="numbers">The numbers; null where there is none. A duration or a size is named by its unit, too.</param>
internal sealed class NumberedText(string text, params (string Name, object? Number)[] numbers) : INumbered
{
    public IEnumerable<KeyValuePair<string, object?>> Numbers(string name)
    {
        foreach (var (one, number) in numbers)
        {
            if (number is INumbered inner)
            {
                foreach (var of in inner.Numbers(one))
                    yield return of;
            }
            else if (number is not null)
            {
                yield return new(one, number);
            }
        }
    }

    public override string ToString() => text;
}
