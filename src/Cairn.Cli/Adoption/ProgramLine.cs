using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Rules;

namespace Cairn.Cli.Adoption;

/// <summary>How a program's line looks under <c>cairn run</c>.</summary>
/// <param name="launch">The program.</param>
/// <param name="warning">What it is warned by.</param>
internal sealed partial class ProgramLine(LintedScript script, Launch launch, Warning warning)
{
    // The command runs within the container, which has no cairn.
    private static readonly string[] Containers = ["--container", "--container-image", "--container-name"];

    private static readonly string[] Leaving = ["screen", "tmux", "setsid", "daemonize", "at", "batch"];
    private static readonly string[] OfNode = ["TMPDIR", "LOCAL_SCRATCH", "JOBFS", "/dev/shm"];

    private readonly ShellCommand _written = ProgramChoice.Written(script, launch);

    /// <summary>Nothing of the script is left to do when the program has ended: exec may put cairn run into the shell's place.</summary>
    public bool IsLast { get; } = MayReplaceShell(script, launch);

    /// <summary>The program is a task of srun, with a wrapper of its own.</summary>
    public bool HasTaskWrapper => launch.Srun is not null && !Containers.Any(option => launch.SrunOptions.ValueOf(option) is not null);

    public bool IsTask => launch.Srun is not null;

    /// <summary>The checkpoint folder, as the shell is to read it; null where the program's own cannot be named.</summary>
    public string? Folder { get; private init; }

    /// <summary>Where the program's own folder has a name; null where nothing names it.</summary>
    public string? OwnFolder { get; private init; }

    /// <summary>The logs of the program's line that would begin anew with every attempt.</summary>
    public List<string> KeptLogs { get; } = [];

    public static ProgramLine Of(LintedScript script, Launch launch, Warning warning)
    {
        FolderOption[] options = [.. CheckpointFolders.Options(launch).Where(option => !IsNamed(option, "log", "work") && !ArraySharesFolder.NoFolder().IsMatch(option.Value))];
        var own = Array.Find(options, option => IsNamed(option, "ckpt", "checkpoint", "save", "resume")) ?? options.FirstOrDefault();
        var isArray = script.Find("array") is not null;
        if (own is not null)
        {
            // cairn run looks below a folder of the element's own, and the program must not save beside it.
            var fits = own.Raw is not null && (!isArray || IsOfElement(own.Raw));
            return new(script, launch, warning) { OwnFolder = own.Value, Folder = fits ? own.Raw : null };
        }

        var name = script.Find("job-name")?.Value is { Length: > 0 } given && Quoting.ForBash(given) == given && !given.Contains('/', StringComparison.Ordinal) && !given.Contains('%', StringComparison.Ordinal) && given[0] is not ('.' or '-')
            ? given
            : JobPlanner.NameOf([.. launch.Program.Select(word => word.Text)]);
        return new(script, launch, warning) { Folder = $"checkpoints/{name}{(isArray ? "/$SLURM_ARRAY_TASK_ID" : "")}" };
    }

    /// <summary>The changes of its lines, and of what would begin a log of its own anew.</summary>
    /// <exception cref="NotAdoptedException">It cannot be.</exception>
    public IReadOnlyList<LineEdit> Edits()
    {
        if (launch.SrunOptions.Any(word => word.Text is "--multi-prog") || launch.SrunOptions.ValueOf("--het-group", "--pack-group") is not null)
            throw new NotAdoptedException(launch.Command.Line, "srun starts different programs by --multi-prog or --het-group: write cairn run by hand");
        if (launch.Srun is not null && launch.Command.Words.Any(word => word.Text == ":"))
            throw new NotAdoptedException(launch.Command.Line, "srun starts a heterogeneous step here (... : ...): write cairn run by hand, a thin one in front of each program");
        if (launch.SrunOptions.Any(word => word.Text is "--pty"))
            throw new NotAdoptedException(launch.Command.Line, "srun --pty wants a terminal, and a batch job has none");
        if (Array.Find(Leaving, name => launch.Command.Words.Any(word => word.Text == name)) is { } leaving)
            throw new NotAdoptedException(launch.Command.Line, $"{leaving} starts the program away from the script and returns at once, so nobody can warn it or wait for it: start it in the foreground");
        if (OwnFolder is { } own && Array.Find(OfNode, own.Contains) is { } variable)
            throw new NotAdoptedException(launch.Command.Line, $"the program saves in {own}, and on most clusters {variable} is a disk of the node, or gone with the job: the next attempt would find nothing. Let it save on a file system that all nodes share");
        if (launch.SrunOptions.ValueOf("--signal") is not null)
            throw new NotAdoptedException(launch.Command.Line, "srun has a --signal of its own here: take it away, cairn run warns the tasks");
        if (launch.SrunOptions.ValueOf("--export") is { } export && !export.StartsWith("ALL", StringComparison.Ordinal))
            throw new NotAdoptedException(launch.Command.Line, $"srun --export={export} keeps from the tasks what cairn run tells them: write --export=ALL,...");
        var changes = new LineChanges(script.Lines);
        foreach (var line in LinesBehind())
            changes.Remove(line);
        var isReplaced = _written.Words[0].Text == "exec";
        var first = _written.Words[isReplaced ? 1 : 0];
        // How long before the end it warns where no signal comes: that is the only guard without exec.
        changes.Insert(first.Line, first.Column, $"{(IsLast && !isReplaced ? "exec " : "")}{WrapperWords.OfJob(warning.Name, IsLast && warning.NeedsNoLead ? null : warning.Lead, Quoted(Folder), launch.Srun is null ? warning.PassedOn : null)} ");
        if (HasTaskWrapper)
        {
            var task = launch.Command.Words[launch.Srun!.Value + 1 + launch.SrunOptions.Count];
            Insert(changes, task, $"{WrapperWords.OfTask(warning.Name, warning.PassedOn)} ");
        }

        KeepLogs(changes);
        return changes.Edits();
    }

    // One word, whatever is in its variables; and where they are empty cairn run says so.
    private static string? Quoted(string? folder) =>
        folder is not null && folder.Contains('$', StringComparison.Ordinal) && !folder.AsSpan().ContainsAny("\"'`\\(") ? $"\"{folder}\"" : folder;

    // What a variable stands for has no place of its own in the line.
    private void Insert(LineChanges changes, ShellWord word, string text)
    {
        var at = launch.Srun!.Value + launch.SrunOptions.Count;
        if (launch.Command.Words[at] is { } before && before.Line == word.Line && before.Column == word.Column)
            throw new NotAdoptedException(launch.Command.Line, $"{word.Raw} holds srun and the program together: write them out");
        changes.Insert(word.Line, word.Column, text);
    }

    // code=$?; exit $code behind it say what exec says anyway.
    private IEnumerable<int> LinesBehind() => IsLast ? script.Flow.After(launch.Command).Where(command => !command.Place.Substitution).Select(command => command.Line).Where(line => line > launch.Command.Line) : [];

    // > and tee would empty their files with every attempt.
    private void KeepLogs(LineChanges changes)
    {
        foreach (var (line, column, text) in LineChanges.Behind(script.Lines, _written.Words[^1]))
        {
            var end = text.AsSpan().IndexOfAny(";|#");
            foreach (Match match in Truncates().Matches(end < 0 ? text : text[..end]))
            {
                changes.Insert(line, column + match.Groups["sign"].Index, ">");
                KeptLogs.Add(match.Groups["file"].Value);
            }
        }

        var next = script.Shell.Commands.SkipWhile(command => !ReferenceEquals(command, _written)).Skip(1).FirstOrDefault(command => !command.Place.Substitution);
        if (_written.Place.Piped && next is { Name: "tee", Place.Piped: true, Words.Count: > 1 } && !next.Arguments.Any(word => word is "--append" or ['-', not '-', ..] && word.Contains('a', StringComparison.Ordinal)))
        {
            changes.Insert(next.Words[1].Line, next.Words[1].Column, "-a ");
            KeptLogs.Add(next.Words[^1].Raw);
        }
    }

    private static bool MayReplaceShell(LintedScript script, Launch launch)
    {
        var command = launch.Command;
        if (command.Place != default || script.Flow.Commands.Any(one => one.Name == "trap") || script.Flow.Launches.Any(other => !ReferenceEquals(other, launch) && other.Command.Place.Background))
            return false;
        var before = script.Lines[command.Line - 1][..Math.Max(command.Words[0].Column, 0)];
        if (command.Words[0].Line != command.Line || !Prefix().IsMatch(before))
            return false;
        string? code = null;
        foreach (var behind in script.Flow.After(command).Where(one => !one.Place.Substitution))
        {
            if (behind.Place != default || behind.Line == command.Line || script.Flow.Commands.Count(other => other.Line == behind.Line) > 1)
                return false;
            if (behind is { Words.Count: 0, Assignments: [{ Value: "$?" } set] } && code is null)
                code = set.Name;
            else if (behind.Name != "exit" || !behind.Arguments.All(word => word is "$?" || (code is not null && word.Trim('"') is var plain && (plain == "$" + code || plain == "${" + code + "}"))))
                return false;
        }

        return true;
    }

    private static bool IsNamed(FolderOption option, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (option.Name.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    // cairn run takes such a folder for the element's own, and puts none below it.
    private static bool IsOfElement(string raw)
    {
        var folder = raw.TrimEnd('"', '/');
        var variable = folder.EndsWith("${SLURM_ARRAY_TASK_ID}", StringComparison.Ordinal) ? "${SLURM_ARRAY_TASK_ID}" : "$SLURM_ARRAY_TASK_ID";
        return folder.EndsWith(variable, StringComparison.Ordinal) && folder[..^variable.Length] is [.., '/' or '_' or '-'];
    }

    [GeneratedRegex(@"^\s*([A-Za-z_]\w*=\S*\s+)*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Prefix();

    // What has another name may be a result, which is to begin anew.
    [GeneratedRegex(@"(?<=^|\s)([12]|&)?(?<sign>>)(?![>&(|])\s*(?<file>\S*(log|std(out|err)|[.](out|err)\b)\S*)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Truncates();
}
