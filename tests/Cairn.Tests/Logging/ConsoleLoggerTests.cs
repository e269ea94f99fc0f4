using Microsoft.Extensions.Logging;

namespace Cairn.Tests.Logging;

/// <summary>What the library says where no logger was given.</summary>
public class ConsoleLoggerTests
{
    [Fact]
    public void A_message_is_one_line_that_moves_no_cursor()
    {
        var before = Console.Error;
        using var said = new StringWriter();
        Console.SetError(said);
        try
        {
            new ConsoleLogger().Log(LogLevel.Warning, default, "scontrol said: \e[31mred\ncairn: forged", new IOException("x\ry"), (state, _) => state);
        }
        finally
        {
            Console.SetError(before);
        }

        // Tests beside this one may have said something, too.
        Assert.Contains("cairn: warning: scontrol said: \\u{1b}[31mred\\u{a}cairn: forged (x\\u{d}y)" + Environment.NewLine, said.ToString(), StringComparison.Ordinal);
    }
}
