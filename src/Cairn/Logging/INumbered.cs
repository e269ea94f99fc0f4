namespace Cairn;

/// <summary>A value in a log message that is said in words, and brings what a structured log wants as numbers.</summary>
internal interface INumbered
{
    /// <param name="name">The value's name in the message's template.</param>
    IEnumerable<KeyValuePair<string, object?>> Numbers(string name);
}
