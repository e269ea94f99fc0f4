using System.Globalization;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.LocalScheduler.Reports;
using Cairn.Cli.SlurmForms;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The standard streams of srun's tasks: its own, files, nothing, or its own with a number before each line.</summary>
/// <param name="options">-o, -e, -i and -l.</param>
/// <param name="permit">The step.</param>
internal sealed class StepStreams(SrunOptions options, StepPermit permit) : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private readonly List<SafeFileHandle> _inputs = [];
    private readonly List<LabelRelay> _relays = [];
    private readonly SafeFileHandle _nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>Those of one task; null for those of srun.</summary>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    /// <exception cref="UsageException">A file's name that srun refuses.</exception>
    public (SafeFileHandle? Input, SafeFileHandle? Output, SafeFileHandle? Error) Of(int rank)
    {
        var output = Target(options.Output, rank);
        var error = options.Error is null && options.Output is not null ? output : Target(options.Error, rank);
        return (Input(rank), Labelled(output, Console.OpenStandardOutput, rank), Labelled(error, Console.OpenStandardError, rank));
    }

    /// <summary>No task writes any more: what they wrote last is on its way.</summary>
    public void Dispose()
    {
        _relays.ForEach(relay => relay.Dispose());
        foreach (var file in _files.Values)
            file.Dispose();
        _inputs.ForEach(file => file.Dispose());
        _nothing.Dispose();
    }

    private SafeFileHandle? Input(int rank)
    {
        // Slurm copies what srun is given to all its tasks; here one reads it.
        if (options.Input is null or "all" || IsNumber(options.Input))
            return rank == (IsNumber(options.Input) ? Number(options.Input!) : 0) ? null : _nothing;
        if (options.Input is "none")
            return _nothing;
        try
        {
            var file = File.OpenHandle(NameFor(rank).Fill(options.Input), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            _inputs.Add(file);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Could not open stdin file: {error.Message}", error);
        }
    }

    private SafeFileHandle? Target(string? pattern, int rank)
    {
        if (pattern is null or "all")
            return null;
        if (pattern is "none" || IsNumber(pattern))
            return pattern is not "none" && Number(pattern) == rank ? null : _nothing;
        // Tasks whose names are the same share one open file.
        var path = Path.GetFullPath(NameFor(rank).Fill(pattern));
        if (!_files.TryGetValue(path, out var file))
            _files[path] = file = Descriptors.OpenLog(path, truncate: !options.Appends);
        return file;
    }

    private SafeFileHandle? Labelled(SafeFileHandle? target, Func<Stream> own, int rank)
    {
        if (!options.Label || target == _nothing)
            return target;
        var width = (permit.Layout.Tasks - 1).ToString(CultureInfo.InvariantCulture).Length;
        var relay = new LabelRelay(target is null ? own() : new FileStream(target, FileAccess.Write, bufferSize: 0), $"{rank.ToString(CultureInfo.InvariantCulture).PadLeft(width)}: ");
        _relays.Add(relay);
        return relay.Write;
    }

    private LogName NameFor(int rank) =>
        new(OfJob("SLURM_JOB_ID") ?? 0, OfJob("SLURM_ARRAY_TASK_ID"), Environment.GetEnvironmentVariable("SLURM_JOB_NAME") ?? "", Environment.UserName, permit.Layout.Nodes[permit.Layout.NodeOf(rank)])
        {
            Step = permit.Step,
            Rank = rank,
            NodeNumber = permit.Layout.NodeOf(rank),
        };

    private static int? OfJob(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool IsNumber(string? text) => text is { Length: > 0 } && text.All(char.IsAsciiDigit);

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
