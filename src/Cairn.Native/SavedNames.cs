namespace Cairn.Native;

/// <summary>The host's function that says under which name a tensor of its own was saved.</summary>
internal static unsafe class SavedNames
{
    /// <summary>Takes the host's choice over.</summary>
    /// <param name="from">Where it goes.</param>
    /// <param name="names">The choice; NULL for the same names on both sides.</param>
    public static StartFrom Set(StartFrom from, NativeNames* names)
    {
        if (names is null)
            return from;
        from.Strict = names->Loose == 0;
        if (names->SavedName is not null)
        {
            var function = names->SavedName;
            var host = names->Host;
            from.SavedName = name => Ask(function, host, name);
        }

        return from;
    }

    private static string? Ask(delegate* unmanaged<void*, byte*, byte**, int> function, void* host, string name)
    {
        using var arena = new Arena();
        byte* saved = null;
        return function(host, arena.Take(name), &saved) == 0 ? Texts.OrNull(saved)
            : throw new HostException(Errors.TakeHostsWords($"the function that names what '{name}' was saved as failed"));
    }
}
