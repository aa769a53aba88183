using MLNetVision.Benchmarks;
using MLNetVision.Benchmarks.Evaluation;
using MLNetVision.Benchmarks.Gpu;

// Each benchmark compares with its peers in one interleaved run; quote the ratios, not the milliseconds.
var benchmarks = new SortedDictionary<string, Benchmark>(StringComparer.Ordinal)
{
    ["assignment"] = new(string.Empty, _ => AssignmentBenchmark.Run()),
    ["checkpoint"] = new("[MEGABYTES]", CheckpointBenchmark.Run),
    ["convolution"] = new("[THREADS] [REPEATS]", ConvolutionBenchmark.Run),
    ["gpu"] = new("[--device D] [--parts LIST] [--calls N] [--presets LIST] [--batches LIST] [--sizes LIST] [--step-batches LIST] [--side N] [--forms LIST] [--training-batch N] [--checkpoint FOLDER]", GpuBenchmark.Run),
    ["image-processor"] = new("[JPEG]", ImageProcessorBenchmark.Run),
    ["levit"] = new("[--peers FOLDER] [--presets LIST] [--batches LIST] [--threads N] [--precision P] [--rounds N]", LevitSpeed.Run),
    ["levit-memory"] = new("[--preset NAME] [--image-size N] [--batch N] [--passes N] [--threads N]", LevitMemory.Run),
    ["levit-training-step"] = new("[THREADS] [STEPS] [BATCH] [PRESET]", LevitTrainingStep.Run),
    ["masks"] = new(string.Empty, _ => MaskBenchmark.Run()),
    ["metrics"] = new("[IMAGES]", MetricsBenchmark.Run),
    ["mask2former"] = new("[--peers FOLDER] [--sizes LIST] [--kinds LIST] [--threads N] [--precision P] [--rounds N]", Mask2FormerSpeed.Run),
    ["mask2former-memory"] = new("[--peers FOLDER] [--size SIZE] [--kinds LIST] [--threads N]", Mask2FormerMemory.Run),
    ["pipeline"] = new("PICTURES PEERS [COUNT] [SECONDS]: a folder with JPEG files, and the folder of peers.json", PipelineSpeed.Run),
    ["pipeline-memory"] = new("PICTURES [PREDICTIONS]: a folder with JPEG or PNG files", PipelineSpeed.Memory),
    ["post-processing"] = new(string.Empty, PostProcessingBenchmark.Run),
    ["precision"] = new("[--levit CHECKPOINT] [--pictures FOLDER] [--mask2former CHECKPOINT] [--scenes FOLDER] [--gpu N]: at least one checkpoint", PrecisionAgreement.Run),
    ["service"] = new("[--url URL] [--pictures FOLDER] [--clients N] [--seconds N] [--process ID]: mlnetvision serve or samples/PredictionService runs, as the process ID", ServiceLoad.Run),
    ["training-memory"] = new("[STEPS] [BATCH] [SIDE] [THREADS]", TrainingMemory.Run),
    ["training-step"] = new("[THREADS] [STEPS] [TARGETS] [SIDE] [1 for gradient checkpointing]", TrainingStepBenchmark.Run),
};

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out Benchmark? benchmark))
{
    Console.Error.WriteLine("Expected a benchmark's name, then its arguments:");
    foreach ((string name, Benchmark known) in benchmarks)
    {
        Console.Error.WriteLine($"  {name} {known.Usage}");
    }

    return 2;
}

try
{
    benchmark.Run(args[1..]);
    return Environment.ExitCode;
}
catch (BenchmarkUsageException e)
{
    Console.Error.WriteLine($"{e.Message}\nUsage: {args[0]} {benchmark.Usage}");
    return 2;
}
