using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Pretrained;

namespace MLNetVision.Models.Pipelines;

/// <summary>What loading a pipeline has in common for all models.</summary>
internal static class PipelineLoading
{
    /// <summary>Finds the model, decides what computes, says so, and builds the pipeline, off the caller's thread.</summary>
    /// <param name="source">What the user named.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators.</param>
    /// <param name="build">Opens the checkpoint and builds the pipeline.</param>
    /// <param name="progress">Told what of a download has come.</param>
    /// <param name="cancellation">Ends the download; between it and the building it is looked at too.</param>
    public static async Task<TPipeline> LoadAsync<TPipeline>(
        string source, PipelineOptions? options, bool hasLibTorchForm, Func<PretrainedSource, EngineChoice, PipelineOptions, TPipeline> build, IProgress<HubProgress>? progress,
        CancellationToken cancellation)
    {
        options ??= new PipelineOptions();
        PretrainedSource found = await PretrainedSource.ResolveAsync(source, options.Hub.With(log: options.Hub.Log ?? options.Log), progress, cancellation).ConfigureAwait(false);
        return await Task.Run(
            () =>
            {
                EngineChoice engine = EnginePolicy.ForScoring(options.Device, options.Precision, hasLibTorchForm, options.Warning);
                TPipeline pipeline = build(found, engine, options);
                options.Log?.Invoke(engine.Describe("Scoring", KernelThreads.Count));
                return pipeline;
            },
            cancellation).ConfigureAwait(false);
    }
}
