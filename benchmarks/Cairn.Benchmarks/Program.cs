using BenchmarkDotNet.Running;
using Cairn.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(StepBoundary).Assembly).Run(args);
