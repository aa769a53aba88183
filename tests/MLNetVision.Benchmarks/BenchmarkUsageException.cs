namespace MLNetVision.Benchmarks;

/// <summary>The command line is not what a benchmark takes, or names what is not there.</summary>
internal sealed class BenchmarkUsageException(string message) : Exception(message);
