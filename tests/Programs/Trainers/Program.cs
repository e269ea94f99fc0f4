// Four programs without torch that the tests start some hundred times, in one file, which is compiled to native code once.
// It is the one by whose name it is called; how each is called stands at the head of its own Program.cs.
return Path.GetFileName(Environment.ProcessPath) switch
{
    "ArrayTrainer" => ArrayTrainer.Program.Run(args),
    "RankTrainer" => RankTrainer.Program.Run(args),
    "SaveLoop" => SaveLoop.Program.Run(args),
    "ScenarioTrainer" => ScenarioTrainer.Program.Run(args),
    var name => throw new InvalidOperationException($"there is no program '{name}' here"),
};
