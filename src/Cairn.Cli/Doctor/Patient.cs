using Cairn.Cli.Doctor.Facts;
using Cairn.Interruptions.Signals;

namespace Cairn.Cli.Doctor;

/// <summary>All that was read before anything is judged.</summary>
internal sealed record Patient
{
    /// <summary>The cluster.</summary>
    public required ClusterFacts Cluster { get; init; }

    /// <summary>The job that this runs in; null outside of one.</summary>
    public required JobFacts? Job { get; init; }

    /// <summary>The checkpoint folder.</summary>
    public required FolderFacts Folder { get; init; }

    /// <summary>What a program with MPI meets.</summary>
    public required MpiFacts Mpi { get; init; }

    /// <summary>Whether the nodes of this allocation reach this one; null where that was not tried.</summary>
    public required HubFacts? Hub { get; init; }

    /// <summary>What this process inherited.</summary>
    public required SignalState Signals { get; init; }

    /// <summary>The C++ library that the loader would take; null where there is none.</summary>
    public required CxxLibrary? Cxx { get; init; }
}
