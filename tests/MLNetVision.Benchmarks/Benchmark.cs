namespace MLNetVision.Benchmarks;

/// <summary>A benchmark of the command line.</summary>
/// <param name="Usage">Its arguments, as a reader types them.</param>
/// <param name="Run">Runs it with the arguments behind its name.</param>
internal sealed record Benchmark(string Usage, Action<string[]> Run);
