namespace Cairn;

/// <summary>What came of loading a part of a checkpoint into something that need not have the same tensors.</summary>
/// <param name="Loaded">The tensors of the program that were overwritten.</param>
/// <param name="NotInCheckpoint">The tensors of the program that the checkpoint does not have: they are as they were.</param>
/// <param name="NotInProgram">The tensors of the checkpoint that nobody asked for, by their names there.</param>
public sealed record LoadedTensors(IReadOnlyList<string> Loaded, IReadOnlyList<string> NotInCheckpoint, IReadOnlyList<string> NotInProgram);
