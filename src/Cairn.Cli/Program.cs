using System.CommandLine;
using System.CommandLine.Help;
using Cairn.Cli;
using Cairn.Cli.Commands;
using Cairn.Cli.Completion;
using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.Help;
using Cairn.Cli.LocalScheduler.Imitations;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.Output;
using Cairn.Cli.Processes;
using Cairn.Cli.Submissions;
using Cairn.Ranks;

Inheritance.Mend();
Terminal.Guard();

// What has to be quick comes first: a program waits for `cairn run`, and `cairn local` calls itself back.
switch (args)
{
    case ["run", .. var rest] when RunCommand.RunQuickly(rest) is { } code:
        return code;
    case [Guard.Verb, var folder]:
        return Guard.Run(folder, Console.OpenStandardInput());
    case [Chain.Verb, var record]:
        return ChainFinished.Run(record);
    case [HubCall.Verb, var address] when ControlAddress.Parse(address) is { } hub:
        return HubCall.Run(hub, Console.Out);
    case ["__srun", .. var rest]:
        return await Srun.RunAsync(rest);
    case [['_', '_', .. var command], .. var rest] when JobFolder.Commands.Contains(command) || JobFolder.Refused.Contains(command):
        return await Client.RunAsync(command, rest);
}

// Not RootCommand: it would call itself by the name of the assembly.
var root = new Command("cairn", "Preemption-safe training on clusters run by Slurm.")
{
    InitCommand.Create(),
    ScriptCommand.Create(),
    LintCommand.Create(),
    AdoptCommand.Create(),
    SubmitCommand.Create(),
    RunCommand.Create(),
    LocalCommand.Create(),
    DoctorCommand.Create(),
    StopCommand.Create(),
    ResumeCommand.Create(),
    StatusCommand.Create(),
    WhyCommand.Create(),
    ReportCommand.Create(),
    ServeCommand.Create(),
    LsCommand.Create(),
    ShowCommand.Create(),
    VerifyCommand.Create(),
    PruneCommand.Create(),
    ExportCommand.Create(),
    RollbackCommand.Create(),
    MetricsCommand.Create(),
    new HelpOption(),
    new VersionOption(),
};
root.Add(CompletionCommand.Create());
root.Add(HelpCommand.Create(root));
root.Options.OfType<HelpOption>().Single().Action = new Overview(root);
return args is [Completer.Verb, .. var words] ? Completer.Run(root, words, Console.Out) : CommandLine.Invoke(root, args);
