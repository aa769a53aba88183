using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Pretrained.ModelFiles;

namespace MLNetVision.Models.Pipelines;

/// <summary>What loading a pipeline has in common for all models.</summary>
internal static class PipelineLoading
{
    /// <summary>Finds the model, decides what computes, says so, and builds the pipeline, off the caller's thread.</summary>
    /// <param name="source">What the user named.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators.</param>
    /// <param name="build">Opens the checkpoint, or takes the network of an ML.NET model file, and builds the pipeline.</param>
    /// <param name="progress">Told what of a download has come.</param>
    /// <param name="cancellation">Ends the download; between it and the building it is looked at too.</param>
    /// <exception cref="InvalidDataException">An ML.NET model file is broken, or has no network of this library.</exception>
    public static async Task<TPipeline> LoadAsync<TPipeline>(
        string source, PipelineOptions? options, bool hasLibTorchForm, Func<PretrainedSource, StoredModelFile?, EngineChoice, PipelineOptions, TPipeline> build, IProgress<HubProgress>? progress,
        CancellationToken cancellation)
    {
        options ??= new PipelineOptions();
        PretrainedSource found = await PretrainedSource.ResolveAsync(source, options.Hub.With(log: options.Hub.Log ?? options.Log), progress, cancellation).ConfigureAwait(false);
        return await Task.Run(
            () =>
            {
                StoredModelFile? modelFile = found.Kind == PretrainedSourceKind.MLNetModelFile ? found.ReadModelFile() : null;
                ScoringPrecision precision = options.Precision ?? modelFile?.Network.Precision ?? ScoringPrecision.Single;
                EngineChoice engine = EnginePolicy.ForScoring(options.Device, precision, hasLibTorchForm, options.Warning);
                TPipeline pipeline = build(found, modelFile, engine, options);
                options.Log?.Invoke(engine.Describe("Scoring", KernelThreads.Count));
                return pipeline;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Which way up pictures come that are files or their bytes.</summary>
    public static ExifOrientation Orientation(PipelineOptions? options, StoredModelFile? modelFile) =>
        options?.Orientation ?? modelFile?.Network.Orientation ?? ExifOrientation.Apply;
}
