namespace Cairn.Runs;

/// <summary>A part that trains nothing: the order of the data, random numbers. One that is tracked alone is mostly a sign that the rest was forgotten.</summary>
internal interface ICompanionPart;
