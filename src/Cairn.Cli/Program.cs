using System.CommandLine;
using System.CommandLine.Help;
using Cairn.Cli;
using Cairn.Cli.Commands;
using Cairn.Cli.LocalScheduler.Imitations;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;

// What `cairn local` calls itself back with comes first: it is not for people, and has to be quick.
switch (args)
{
    case [Guard.Verb, var folder]:
        return Guard.Run(folder, Console.OpenStandardInput());
    case ["__srun", .. var rest]:
        return await Srun.RunAsync(rest);
    case [['_', '_', .. var command], .. var rest] when JobFolder.Commands.Contains(command) || JobFolder.Refused.Contains(command):
        return await Client.RunAsync(command, rest);
}

// Not RootCommand: it would call itself by the name of the assembly.
var root = new Command("cairn", "Preemption-safe training on clusters run by Slurm.")
{
    LocalCommand.Create(),
    LintCommand.Create(),
    new HelpOption(),
    new VersionOption(),
};
return CommandLine.Invoke(root, args);
