using System.Text;

namespace Cairn;

/// <summary>Why the loader would refuse a library: the versions that it needs against those that the system provides.</summary>
internal static class LoadProblem
{
    /// <summary>Compares needs with what there is.</summary>
    /// <param name="library">The file that is to be loaded.</param>
    /// <param name="needs">The versions that it needs; weak ones may be missing.</param>
    /// <param name="system">The libraries that provide versions; needs of others are not judged.</param>
    /// <returns>What is missing and what to do, or null when nothing is missing.</returns>
    public static string? Find(string library, List<VersionNeed> needs, List<SystemLibrary> system)
    {
        // Plain loops: in a program's first milliseconds each lambda would be compiled.
        var problem = new StringBuilder();
        foreach (var provider in system)
        {
            var missing = new List<string>();
            foreach (var need in needs)
            {
                if (!need.IsWeak && need.Library == provider.Name && !provider.Versions.Contains(need.Version))
                    missing.Add(need.Version);
            }

            if (missing.Count > 0)
                problem.Append(Describe(provider, missing));
        }

        return problem.Length == 0 ? null : $"TorchSharp can't be loaded here: {library} needs more than this system has.{problem}";
    }

    private static string Describe(SystemLibrary provider, List<string> missing)
    {
        missing.Sort(VersionOrder.Instance);
        var has = provider.Versions.Where(version => VersionOrder.Series(version) == VersionOrder.Series(missing[^1])).Max(VersionOrder.Instance);
        return $"\n  {provider.Name}: needed are {string.Join(", ", missing)}; {provider.Path} has {(has is null ? "no such version" : $"up to {has}")}. {WhatToDo(provider.Name)}";
    }

    private static string WhatToDo(string provider) => provider == SystemLibrary.Cxx
        ? "Load a module of a newer gcc before the program starts, or put conda's libraries first: export LD_LIBRARY_PATH=$CONDA_PREFIX/lib:$LD_LIBRARY_PATH"
        : "It belongs to the system: use a node with a newer one, or a container (Apptainer).";
}
