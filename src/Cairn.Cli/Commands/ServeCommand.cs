using System.Buffers.Text;
using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using Cairn.Cli.Serving;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn serve</c>.</summary>
internal static class ServeCommand
{
    private const int MostPort = 65_535;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string Description =
        """
        Shows the report of runs live in a browser, on this machine alone: what cairn report writes, read anew while one looks at it.

        Examples:
          cairn serve                          the runs at or below this folder
          cairn serve run7 run8 --port 8017    two runs, on a port of your choice

        It prints an address with a token in it: who does not have that sees nothing, for others can be logged in here, too. From another
        machine go through a tunnel; the line to type is printed as well. Nothing is written. Ctrl-C ends it.

        Exit codes:
          2    there is no such job or folder, or the command line is wrong
          69   the port is taken
          130  Ctrl-C
        """;

    public static Command Create()
    {
        var words = new Argument<string[]>("JOB | FOLDER") { Description = "jobs by their ids, and checkpoint folders or what lies above them [this folder]", Arity = ArgumentArity.ZeroOrMore };
        var port = new Option<int>("--port") { HelpName = "PORT", Description = "the port on 127.0.0.1 [one that is free]" };
        var command = new Command("serve", Description) { words, port };
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(port);
            if (wanted is < 0 or > MostPort)
                throw new UsageException($"--port {wanted}: a port is a number from 1 to {MostPort}.");
            var page = new LivePage(parsed.GetValue(words) is { Length: > 0 } some ? some : ["."], TimeProvider.System);
            page.Now(); // what is wrong with the words is said now
            var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
            PageServer server;
            try
            {
                server = new(wanted, token, page.Now, Patience);
            }
            catch (SocketException error)
            {
                throw new IOException($"127.0.0.1:{wanted} cannot be listened on ({error.Message}): choose another by --port, or leave it out.", error);
            }

            using (server)
            {
                Console.Out.WriteLine($"http://127.0.0.1:{server.Port}/{token}/");
                Console.Out.WriteLine($"From another machine, first: ssh -N -L {server.Port}:127.0.0.1:{server.Port} {Environment.MachineName}");
                server.Serve();
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
