using System.Globalization;
using Cairn.Cli.Contract;
using Cairn.Cli.Processes;

namespace Cairn.Cli.Wrapper;

/// <summary>CAIRN_STATUS of the program: beside what the attempts remember, where every node sees it; else, and for a task, in a folder of this machine.</summary>
internal sealed class ProgramStatusKeeper : IDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    public const string SaysName = "says";

    private readonly string? _temporary;
    private readonly string? _outer;
    private readonly int? _jobId;
    private readonly int _attempt;
    private readonly StatusFile? _file;
    private readonly Aside _aside;
    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private (DateTimeOffset? Deadline, string? Cause)? _wanted;
    private bool _isWaiting;
    private bool _isOver;
    private bool _isSilent;
    private volatile bool _wasRead;
    private volatile bool _endHasMoved;
    private DateTime? _saidStop;

    public ProgramStatusKeeper(StateFolder? state, bool isInside, int attempt, Aside aside)
    {
        _aside = aside;
        _attempt = attempt;
        _jobId = int.TryParse(Environment.GetEnvironmentVariable("SLURM_JOB_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        _temporary = state is null ? MakeTemporary() : null;
        Path = state?.Status ?? (_temporary is null ? null : System.IO.Path.Combine(_temporary, "status.json"));
        _file = Path is null ? null : new(Path);
        if (isInside && ProgramVariables.Inherited(ProgramVariables.Status) is { Length: > 0 } outer && File.Exists(outer))
            _outer = outer;

        // What the program says is for all wrappers around it.
        if (isInside && ProgramVariables.Inherited(ProgramVariables.SaysFolder) is { Length: > 0 } says && Directory.Exists(says))
            Says = says;
        else
            Says = state?.Says ?? (_temporary is null ? null : Directory.CreateDirectory(System.IO.Path.Combine(_temporary, SaysName)).FullName);
    }

    /// <summary>Null where no folder can be made.</summary>
    public string? Path { get; }

    /// <summary>Where the program's processes say what is to follow; null where no folder can be made.</summary>
    public string? Says { get; }

    /// <summary>Whether the program has read that it is to stop, as far as its file system tells that (one that is mounted noatime does not).</summary>
    public bool WasRead => _wasRead || LooksRead();

    /// <summary>Around a task the deadline is what the wrapper of the job writes into its own file.</summary>
    public bool FollowsOuter => _outer is not null;

    public string? Beside(string name) => Path is null ? null : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, name);

    /// <summary>Writes it before the program begins.</summary>
    public void WriteFirst(DateTimeOffset? deadline)
    {
        Want(deadline, null);
        try
        {
            _aside.Do(WriteWanted, Files.Patience);
        }
        catch (IOException error)
        {
            Words.Say($"warning: {Path} cannot be written: {error.Message}");
        }
    }

    /// <summary>Has it written, some time soon; on a file system that hangs, never.</summary>
    /// <param name="deadline">When nothing can be saved any more.</param>
    /// <param name="cause">Why the program is to stop.</param>
    /// <param name="endHasMoved">The wrapper around this one may not know yet when the end is.</param>
    public void Write(DateTimeOffset? deadline, string? cause, bool endHasMoved)
    {
        _endHasMoved = endHasMoved;
        if (_file is null || !Want(deadline, cause))
            return;
        _aside.Begin(WriteWanted);
    }

    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        try
        {
            // Behind a write that is under way.
            _aside.Do(
                () =>
                {
                    lock (_writing)
                    {
                        if (_temporary is not null)
                            Directory.Delete(_temporary, recursive: true);
                    }
                },
                LongestEnd);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The machine clears it up.
        }
    }

    private bool LooksRead()
    {
        try
        {
            return _saidStop is { } written && File.GetLastAccessTimeUtc(Path!) > written;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Whether that is something new.
    private bool Want(DateTimeOffset? deadline, string? cause)
    {
        lock (_gate)
        {
            if (_isOver || (_wanted == (deadline, cause) && !FollowsOuter))
                return false;
            _wanted = (deadline, cause);
            if (_isWaiting)
                return false;
            return _isWaiting = true;
        }
    }

    private void WriteWanted()
    {
        lock (_writing)
        {
            DateTimeOffset? deadline;
            string? cause;
            lock (_gate)
            {
                _isWaiting = false;
                if (_isOver)
                    return;
                (deadline, cause) = _wanted!.Value;
            }

            try
            {
                var outer = _outer is null ? null : StatusFile.Read(_outer);
                var status = ProgramStatus.Of(_jobId, _attempt, deadline ?? (_endHasMoved && outer?.StopRequested != true ? null : outer?.Deadline), cause is not null || outer?.StopRequested == true, cause ?? outer?.Cause);
                _wasRead |= LooksRead(); // before that file goes
                _file?.Write(status);
                if (status.StopRequested && Path is not null)
                    _saidStop = File.GetLastWriteTimeUtc(Path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (!_isSilent)
                    Words.Say($"warning: {Path} cannot be written: {error.Message}");
                _isSilent = true;
            }
        }
    }

    // TMPDIR may have been made on the job's first node alone; that is no reason not to start the program.
    private static string? MakeTemporary()
    {
        try
        {
            return System.IO.Path.GetFullPath(Directory.CreateTempSubdirectory("cairn-run-").FullName, WorkingDirectory.Path); // TMPDIR may be relative
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: no status file for the program, for nothing can be made in {System.IO.Path.GetTempPath()} (see TMPDIR): {error.Message}");
            return null;
        }
    }
}
