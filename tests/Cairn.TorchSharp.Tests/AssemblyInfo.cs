using Xunit.Sdk;
using Xunit.v3;

// Torch's generator and thread count belong to the process: tests that run side by side would draw each other's numbers.
[assembly: Parallelization(Mode = ParallelMode.None)]
