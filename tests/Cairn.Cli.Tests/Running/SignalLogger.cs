namespace Cairn.Cli.Tests.Running;

/// <summary>A program that writes down every signal it hears, and goes on until it is killed.</summary>
internal static class SignalLogger
{
    public static string In(Sandbox sandbox) => sandbox.Script(
        "listen",
        """
        for signal in HUP INT USR1 USR2 TERM CONT; do trap "echo $signal >> heard" $signal; done
        # A foreground sleep: with `wait` bash 5.2 was seen to lose the second of two signals that come together.
        while :; do sleep 0.02; done
        """);

    public static string[] Heard(Sandbox sandbox) => sandbox.Lines("heard");

    /// <summary>Each signal once, sorted: signals that are pending together are delivered in the order of their numbers.</summary>
    public static string HeardOnce(Sandbox sandbox) => string.Join(' ', Heard(sandbox).Distinct().Order(StringComparer.Ordinal));
}
