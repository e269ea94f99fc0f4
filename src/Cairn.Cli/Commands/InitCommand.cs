using System.CommandLine;
using Cairn.Cli.BatchScripts.Writing;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn init</c>.</summary>
internal static class InitCommand
{
    private const string Description =
        """
        Writes a commented file of a job's settings, for cairn script and cairn submit.

        Examples:
          cairn init                    job.toml in this folder
          cairn init jobs/long.toml
          cairn init -                  to standard output

        Exit codes:
          0    written
          2    the file is there already, or the command line is wrong
          69   the file could not be written
        """;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "where it is written; - for standard output", DefaultValueFactory = _ => "job.toml" };
        var command = new Command("init", Description) { file };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            if (path == "-")
            {
                Console.Out.Write(JobFileTemplate.Text);
                return ExitCodes.Success;
            }

            if (path.StartsWith('-'))
                throw new UsageException($"There is no option {path}; a file of that name is ./{path}.");
            if (Path.Exists(path))
                throw new UsageException($"{path} is there already: it is not overwritten.");
            using (var created = new FileStream(path, FileMode.CreateNew))
                created.Write(System.Text.Encoding.UTF8.GetBytes(JobFileTemplate.Text));
            Console.Error.WriteLine($"cairn: wrote {path}; then cairn script --config {Quoting.ForBash(path)}");
            return ExitCodes.Success;
        });
        return command;
    }
}
