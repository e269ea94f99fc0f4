using System.Globalization;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler;

/// <summary>What the directives of a batch script ask for, as far as one machine can give it; the rest places work on a cluster and is left out.</summary>
internal sealed record ScriptRequest
{
    public TimeSpan? Limit { get; private init; }

    public WarningSignal? Warning { get; private init; }

    public bool Requeueable { get; private init; } = true;

    public string? Output { get; private init; }

    public string? Error { get; private init; }

    /// <summary>--open-mode=append. Slurm's own default empties the log at every requeue.</summary>
    public bool AppendsLog { get; private init; }

    public int Nodes { get; private init; } = 1;

    public int? Tasks { get; private init; }

    public int? TasksPerNode { get; private init; }

    public string? CpusPerTask { get; private init; }

    public string? JobName { get; private init; }

    public string? Partition { get; private init; }

    public string? Folder { get; private init; }

    /// <summary>The element of the script's array that is run.</summary>
    public ArrayElement? Array { get; private init; }

    /// <summary>A later directive wins over an earlier one, as in Slurm.</summary>
    /// <param name="script">The script.</param>
    /// <param name="arrayTask">--array-task, without which an array is refused.</param>
    /// <exception cref="BatchScriptException">A value that sbatch refuses, or something that one machine cannot imitate.</exception>
    public static ScriptRequest Of(BatchScript script, int? arrayTask = null)
    {
        var request = new ScriptRequest();
        if (script.Directives.FirstOrDefault(directive => directive.BeginsComponent) is { } next)
            throw new BatchScriptException(script.Path, next.Line, "begins a component of a heterogeneous job, which cannot be imitated");
        foreach (var directive in script.Directives)
            request = request.With(script.Path, directive, arrayTask);
        return request;
    }

    private ScriptRequest With(string path, Directive directive, int? arrayTask)
    {
        var value = directive.Value ?? "";
        return directive.Option.Name switch
        {
            "time" => this with { Limit = TimeLimit.TryParse(value, out var limit) ? limit : throw Wrong($"is no time; write {TimeLimit.Forms}") },
            "signal" => this with { Warning = WarningSignal.TryParse(value, out var warning) ? warning : throw Wrong($"is no warning; write {WarningSignal.Forms}") },
            "requeue" => this with { Requeueable = true },
            "no-requeue" => this with { Requeueable = false },
            "output" => this with { Output = value },
            "error" => this with { Error = value },
            "open-mode" => this with { AppendsLog = value switch { "append" or "a" => true, "truncate" or "t" => false, _ => throw Wrong("is neither append nor truncate") } },
            "ntasks" => this with { Tasks = Number(1024) },
            "ntasks-per-node" => this with { TasksPerNode = Number(1024) },
            "cpus-per-task" => this with { CpusPerTask = Number(65535).ToString(CultureInfo.InvariantCulture) },
            "job-name" => this with { JobName = value },
            "partition" => this with { Partition = value },
            "chdir" => this with { Folder = Directory.Exists(value) ? Path.GetFullPath(value) : throw Wrong("is no folder on this machine") },
            "nodes" => this with { Nodes = NodeCount.TryParse(value, out var nodes) ? nodes : throw Wrong(NodeCount.Problem) },
            "array" => this with { Array = Element() },
            "wrap" or "hold" or "test-only" or "container" or "export-file" => throw Wrong("cannot be imitated by cairn local"),
            _ => this,
        };

        BatchScriptException Wrong(string problem) =>
            new(path, directive.Line, $"--{directive.Option.Name}{(directive.Value is null ? "" : "=" + directive.Value)} {problem}");

        ArrayElement Element()
        {
            if (arrayTask is not { } task)
                throw Wrong("cannot be imitated as a whole: cairn local runs one element; choose it with --array-task N");
            if (!ArrayElement.TryParse(value, task, out var element))
                throw Wrong($"is no array; write {ArrayElement.Forms}, up to {ArrayElement.Highest}");
            return element ?? throw Wrong($"has no element {task}, which --array-task asks for");
        }

        int Number(int most) =>
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
                ? number
                : throw Wrong($"is no number from 1 to {most}");
    }
}
