using System.Text;
using Cairn.Cli.Processes;

namespace Cairn.Cli.Wrapper;

/// <summary>Words for a person on standard error, a line a call: the program writes there too. Without the console, which would look after the terminal.</summary>
internal static unsafe class Words
{
    public static void Say(string text)
    {
        var line = Encoding.UTF8.GetBytes($"cairn: {text}\n");
        fixed (byte* bytes = line)
        {
            const int standardError = 2;
            _ = Libc.Write(standardError, bytes, (nuint)line.Length); // nobody to tell it to when it fails
        }
    }
}
