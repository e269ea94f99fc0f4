using Cairn.Cli.Processes;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>This side of the <see cref="Guard"/>: a child that holds the other end of a pipe.</summary>
internal sealed class GuardProcess
{
    private readonly SafeFileHandle _pipe;

    private GuardProcess(int pid, SafeFileHandle pipe) => (Pid, _pipe) = (pid, pipe);

    public int Pid { get; }

    public static GuardProcess Start(Children children, IReadOnlyList<string> self, JobFolder folder)
    {
        var (read, write) = Descriptors.Pipe();
        using (read)
        {
            var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
            // The guard of a job inside another local job is not to be taken for a part of its own.
            environment.Remove(JobFolder.SocketVariable);
            var start = new ProcessStart(self[0], [.. self, Guard.Verb, folder.Path], environment) { Input = read };
            return new(children.Start(start, _ => { }), write);
        }
    }

    /// <summary>Everything has ended in order.</summary>
    public void Dismiss()
    {
        using (_pipe)
        using (var stream = new FileStream(_pipe, FileAccess.Write, bufferSize: 0))
        {
            try
            {
                stream.WriteByte(Guard.AllDone);
            }
            catch (IOException)
            {
                // Somebody has killed the guard; it had nothing left to do.
            }
        }
    }
}
