using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Most tests wait for a scheduler's clock, not for a core.
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
