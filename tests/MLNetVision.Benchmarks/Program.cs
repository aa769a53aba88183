using MLNetVision.Benchmarks;

// Each benchmark compares with its peers in one interleaved run; quote the ratios, not the milliseconds.
var benchmarks = new SortedDictionary<string, Action<string[]>>(StringComparer.Ordinal)
{
    ["assignment"] = _ => MLNetVision.Benchmarks.Evaluation.AssignmentBenchmark.Run(),
    ["checkpoint"] = CheckpointBenchmark.Run,
    ["convolution"] = ConvolutionBenchmark.Run,
    ["image-processor"] = ImageProcessorBenchmark.Run,
    ["levit"] = LevitSpeed.Run,
    ["levit-memory"] = LevitMemory.Run,
    ["levit-training-step"] = LevitTrainingStep.Run,
    ["masks"] = _ => MLNetVision.Benchmarks.Evaluation.MaskBenchmark.Run(),
    ["metrics"] = MLNetVision.Benchmarks.Evaluation.MetricsBenchmark.Run,
    ["mask2former"] = Mask2FormerSpeed.Run,
    ["mask2former-memory"] = Mask2FormerMemory.Run,
    ["pipeline"] = PipelineSpeed.Run,
    ["pipeline-memory"] = PipelineSpeed.Memory,
    ["post-processing"] = PostProcessingBenchmark.Run,
    ["precision"] = PrecisionAgreement.Run,
    ["training-memory"] = TrainingMemory.Run,
    ["training-step"] = TrainingStepBenchmark.Run,
};

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out Action<string[]>? run))
{
    Console.Error.WriteLine($"Expected a benchmark's name, then its arguments: {string.Join(", ", benchmarks.Keys)}");
    return 2;
}

run(args[1..]);
return 0;
