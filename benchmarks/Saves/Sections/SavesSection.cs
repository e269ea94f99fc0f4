using Cairn;
using Saves.Competitors;
using Saves.Limits;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>How long training waits for a save and how soon it is durable, beside the others and the machine's limits.</summary>
internal static class SavesSection
{
    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        using var state = new State(settings.Size ?? 256 * Settings.Megabyte);
        using var copy = new MemoryCopy(state.Bytes);
        using var write = new BareWrite(folder.Path, state.Bytes, copy.Memory);
        using var torchSharp = new TorchSharpSave(state, folder.Path, sync: false);
        using var torchSharpSync = new TorchSharpSave(state, folder.Path, sync: true);
        using var python = PythonSave.Start(state, folder.Path, sync: false);
        using var pythonSync = PythonSave.Start(state, folder.Path, sync: true);
        using var synchronous = new CairnSave(state, folder.Path, SaveMode.Synchronous);
        using var asynchronous = new CairnSave(state, folder.Path, SaveMode.Asynchronous);
        using var overlapped = new OverlappedSave(state, folder.Path);

        var rounds = new Rounds(folder.Path, settings.Rounds);
        var saves = new ICompetitor?[] { torchSharp, torchSharpSync, python, pythonSync, synchronous, asynchronous, overlapped }
            .OfType<ICompetitor>().ToDictionary(one => one, one => new TimedSave(one, state.Bytes, rounds));
        var limits = new TimedLimits(state, copy, write, rounds);
        rounds.Run([.. saves.Values.Select(save => (Action)save.Take), limits.Take]);

        var (reference, ours, behind) = (saves[torchSharpSync], saves[asynchronous], saves[overlapped]);
        List<Ratio> ratios =
        [
            Ratio.Of("stall: asynchronous / copy of the state by 1 thread", ours.Stall, limits.CopyByOne, Goal.NoMoreThan(1.5)),
            Ratio.Of("stall: asynchronous / copy of the state by all cores", ours.Stall, limits.CopyByAll, Goal.NoMoreThan(1.5)),
            Ratio.Of("stall: asynchronous / copy between large pages", ours.Stall, limits.CopyLargePages),
            Ratio.Of("stall: overlapped / copy of the state by 1 thread", behind.Stall, limits.CopyByOne, Goal.NoMoreThan(0.5)),
            Ratio.Of("stall: overlapped / copy of the state by all cores", behind.Stall, limits.CopyByAll, Goal.NoMoreThan(0.5)),
            Ratio.Of("stall: TorchSharp + fsync / asynchronous", reference.Stall, ours.Stall, Goal.NoLessThan(20)),
            Ratio.Of("stall: TorchSharp + fsync / overlapped", reference.Stall, behind.Stall, Goal.NoLessThan(20)),
        ];
        foreach (var mode in new[] { saves[synchronous], ours })
        {
            ratios.Add(Ratio.Of($"durable: bare loop / {mode.Name}", limits.WriteNew, mode.Durable, Goal.NoLessThan(0.85)));
            ratios.Add(Ratio.Of($"durable: TorchSharp + fsync / {mode.Name}", reference.Durable, mode.Durable, Goal.NoLessThan(4)));
            if (pythonSync is not null)
                ratios.Add(Ratio.Of($"durable: torch.save + fsync / {mode.Name}", saves[pythonSync].Durable, mode.Durable, Goal.NoLessThan(2)));
        }

        // What nobody who copies could pass in this memory, and nobody at all on this disk.
        ratios.Add(Ratio.Of("limit: TorchSharp + fsync / copy of the state by all cores", reference.Stall, limits.CopyByAll));
        ratios.Add(Ratio.Of("limit: TorchSharp + fsync / bare loop", reference.Durable, limits.WriteNew));
        if (pythonSync is not null)
            ratios.Add(Ratio.Of("limit: torch.save + fsync / bare loop", saves[pythonSync].Durable, limits.WriteNew));

        return new Section($"Saves of {state.Bytes / 1e6:0} MB", rounds)
        {
            Series = [.. saves.Values.Select(save => save.Stall), .. saves.Values.Select(save => save.Durable), .. limits.All],
            Ratios = ratios,
            Notes = python is null ? ["torch.save was left out: there is no torch for /usr/bin/python3 (Debian has it as python3-torch)"] : [],
        };
    }
}
