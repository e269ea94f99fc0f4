using System.Text;
using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// The second process of <c>cairn local</c>: it waits until the first one is gone, whatever way, and then ends what that one
/// could not end itself (it was killed with KILL), and removes its folder.
/// </summary>
internal static class Guard
{
    /// <summary>The first argument that makes the program a guard; the folder follows.</summary>
    public const string Verb = "__guard";

    /// <summary>Written to the guard's input when there is nothing left to do.</summary>
    public const byte AllDone = (byte)'.';

    /// <summary>Reads its input to the end. Without <see cref="AllDone"/> in it everything that carries the mark is killed.</summary>
    /// <param name="folder">The folder of the job.</param>
    /// <param name="input">Its end is the end of the first process.</param>
    public static int Run(string folder, Stream input)
    {
        if (input.ReadByte() == AllDone)
            return 0;
        var mark = Encoding.UTF8.GetBytes($"{JobFolder.SocketVariable}={Path.Combine(folder, JobFolder.SocketName)}\0");
        var emptyLooks = 0;
        // Twice nothing: what was being forked during the first look is there in the second. The bound is for processes in
        // an uninterruptible wait, which end by themselves once it is over: they have their KILL.
        for (var look = 0; look < 2000 && emptyLooks < 2; look++)
        {
            var table = ProcessTable.Read();
            var marked = table.Entries.Where(entry => !entry.IsZombie && Carries(entry.Id.Pid, mark)).ToList();
            var below = table.Descendants(marked.Select(entry => entry.Id.Pid), new HashSet<int> { Environment.ProcessId });
            foreach (var process in marked.Concat(below))
                _ = Signals.Send(process.Id, SignalName.Kill);
            emptyLooks = marked.Count == 0 ? emptyLooks + 1 : 0;
            Thread.Sleep(5);
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static bool Carries(int pid, byte[] mark)
    {
        try
        {
            return pid != Environment.ProcessId && File.ReadAllBytes($"/proc/{pid}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, or another user's: not ours to end.
            return false;
        }
    }
}
