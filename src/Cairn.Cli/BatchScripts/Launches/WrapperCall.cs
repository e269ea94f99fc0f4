using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>A <c>cairn run</c> before a program, as far as its options tell what it does with signals.</summary>
/// <param name="IsTask">--task: it decides nothing.</param>
/// <param name="InTask">srun stands before it.</param>
/// <param name="Signal">The warning that it waits for; null where that is not known.</param>
/// <param name="WarnWith">The signal that it warns by; null where that is not known.</param>
/// <param name="SaysSignal">--signal is there.</param>
/// <param name="Next">The word behind run, for a fix; null where that stands within the text of another word.</param>
internal sealed record WrapperCall(bool IsTask, bool InTask, int? Signal, int? WarnWith, bool SaysSignal, ShellWord? Next)
{
    /// <summary>--checkpoint-dir; null where it is not there.</summary>
    public string? Folder { get; init; }

    /// <summary>The options whose value is the next word.</summary>
    public const string Valued = "--checkpoint-dir --signal --warn-with --lead --stop-file --done-file --hang-timeout --requeue-crashes";

    /// <param name="options">The words between run and the program.</param>
    /// <param name="inTask">srun stands before it.</param>
    public static WrapperCall Read(IReadOnlyList<ShellWord> options, bool inTask)
    {
        var signal = options.ValueOf("--signal");
        var with = options.ValueOf("--warn-with");
        var warning = signal is null ? SignalName.Usr2 : Number(signal);
        return new(options.Any(word => word.Text == "--task"), inTask, warning, with is null ? warning : Number(with), signal is not null, options.Count > 0 ? options[0] : null) { Folder = options.ValueOf("--checkpoint-dir") };
    }

    private static int? Number(string name) => SlurmSignals.TryParse(name, out var number) ? number : null;
}
