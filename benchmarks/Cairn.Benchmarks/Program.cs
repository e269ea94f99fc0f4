using BenchmarkDotNet.Running;
using Cairn.Benchmarks;
using Cairn.Benchmarks.Ranks;

if (args is ["ranks"])
    RankReport.Write(Console.Out);
else
    BenchmarkSwitcher.FromAssembly(typeof(StepBoundary).Assembly).Run(args);
