using Cairn.Cli;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.LocalScheduler;
using Cairn.Cli.LocalScheduler.Link;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Steps;

try
{
    return args switch
    {
        // Hidden stages: cairn starting itself inside a job of `cairn local`.
        [ExecStage.Name, ..] => ExecStage.Run(args.AsSpan(1)),
        [Shims.SrunStage, ..] => SrunStage.Run(args[1..]),
        [var stage, ..] when Shims.CommandOf(stage) is { } command => CommandClient.Run(command, args[1..]),
        _ => CommandLine.Run(args),
    };
}
catch (Exception error) when (error is UsageException or BatchScriptException)
{
    Console.Error.WriteLine($"cairn: {error.Message}");
    return CommandLine.UsageError;
}
catch (IOException error)
{
    Console.Error.WriteLine($"cairn: {error.Message}");
    return CommandLine.Failure;
}
