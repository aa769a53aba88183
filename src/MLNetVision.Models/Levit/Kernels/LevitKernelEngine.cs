using System.Collections.Concurrent;
using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>A LeViT forward pass in managed vector code: packed weights, no layer-sized copies, nothing allocated per layer.</summary>
/// <remarks>Any number of threads may score at once; each pass takes a workspace from a pool.</remarks>
internal sealed unsafe class LevitKernelEngine : IDisposable
{
    /// <summary>The images that pass the first stage together: their matrices then fit the second-level cache.</summary>
    private const int FirstStageImages = 2;

    /// <summary>The images that pass the later stages together, so that the weights are read less often.</summary>
    private const int LaterStageImages = 8;

    private readonly LevitKernelStem _stem;
    private readonly LevitKernelStep[][] _stages;
    private readonly PackedPanels _head;
    private readonly LevitStageShape _last;
    private readonly LevitKernelSizes _sizes;
    private readonly long _imageElements;
    private readonly int _tokenElements;
    private readonly ConcurrentBag<LevitKernelWorkspace> _workspaces = [];

    /// <param name="config">The model's settings.</param>
    /// <param name="weights">The model's weights.</param>
    /// <param name="precision">In which numbers most layers multiply.</param>
    public LevitKernelEngine(LevitConfig config, WeightScope weights, ScoringPrecision precision)
    {
        var stages = new LevitKernelStages(config, weights, precision);
        _stem = new LevitKernelStem(config, weights, precision);
        _stages = [.. Enumerable.Range(0, LevitConfig.StageCount).Select(stages.Make)];
        _head = stages.Head();
        _last = LevitStageShape.Of(config)[^1];
        _imageElements = (long)config.NumChannels * config.ImageSize * config.ImageSize;
        _tokenElements = stages.TokenElements[0];
        _sizes = new LevitKernelSizes(
            FirstStageImages, LaterStageImages, stages.TokenElements, SharedElements(stages),
            _stem.PlaneElements, stages.ScratchElements, Math.Max(stages.LargestPitch, _stem.LargestPitch));
        Labels = config.NumLabels;
    }

    /// <summary>The number of logits.</summary>
    public int Labels { get; }

    /// <summary>The number of features.</summary>
    public int Features => _last.Width;

    /// <summary>The steps of each stage, in their order.</summary>
    public IReadOnlyList<LevitKernelStep[]> Stages => _stages;

    /// <summary>The workspaces that wait for the next pass.</summary>
    public int IdleWorkspaces => _workspaces.Count;

    /// <summary>Scores images: [N, channels, side, side] -> [N, labels], unless that is null, and [N, features], on so many threads.</summary>
    public void Score(float* pixels, int images, float* logits, float* features, int threads)
    {
        // Many images: each thread has its own. Few: the threads share each pass.
        int chunk = Math.Clamp((images + threads - 1) / threads, 1, LaterStageImages);
        int chunks = (images + chunk - 1) / chunk;
        if (threads == 1 || chunks < threads)
        {
            for (int i = 0; i < chunks; i++)
            {
                ScoreChunk(i, threads);
            }
        }
        else
        {
            new SharedPieces(chunks, i => ScoreChunk(i, teamThreads: 1)).Run(threads);
        }

        void ScoreChunk(int index, int teamThreads)
        {
            int first = index * chunk;
            ScoreTogether(pixels + first * _imageElements, Math.Min(chunk, images - first), logits == null ? null : logits + (long)first * Labels, features + (long)first * Features, teamThreads);
        }
    }

    public void Dispose()
    {
        _stem.Dispose();
        foreach (LevitKernelStep step in _stages.SelectMany(steps => steps))
        {
            step.Dispose();
        }

        _head.Dispose();
        while (_workspaces.TryTake(out LevitKernelWorkspace? workspace))
        {
            workspace.Dispose();
        }
    }

    private long[] SharedElements(LevitKernelStages stages)
    {
        long[] elements = [.. stages.SharedElements(FirstStageImages, LaterStageImages)];
        elements[0] = Math.Max(elements[0], (long)LaterStageImages * _head.OutputPitch); // the logits, too, pass through the first of them
        return elements;
    }

    private void ScoreTogether(float* pixels, int images, float* logits, float* features, int threads)
    {
        LevitKernelWorkspace workspace = Take(threads);
        try
        {
            ScoreTogether(workspace, pixels, images, logits, features, threads);
        }
        finally
        {
            _workspaces.Add(workspace);
        }
    }

    private void ScoreTogether(LevitKernelWorkspace workspace, float* pixels, int images, float* logits, float* features, int threads)
    {
        using (var team = new KernelTeam(threads))
        {
            var job = new StepJob(workspace);
            for (int first = 0; first < images; first += FirstStageImages)
            {
                int count = Math.Min(FirstStageImages, images - first);
                workspace.Begin(stage: 0, count, first);
                for (int image = 0; image < count; image++)
                {
                    _stem.Run(workspace, team, pixels + (first + image) * _imageElements, workspace[LevitMatrix.Tokens] + (long)image * _tokenElements);
                }

                job.Run(team, _stages[0]);
            }

            for (int stage = 1; stage < _stages.Length; stage++)
            {
                workspace.Begin(stage, images, firstImage: 0);
                job.Run(team, _stages[stage]);
            }
        }

        Pool(workspace[LevitMatrix.Tokens], images, features);
        if (logits != null)
        {
            Classify(workspace, features, images, logits);
        }
    }

    private LevitKernelWorkspace Take(int threads)
    {
        // A workspace for more threads than needed would do, but thread counts hardly ever change.
        while (_workspaces.TryTake(out LevitKernelWorkspace? free))
        {
            if (free.Threads >= threads)
            {
                free.Poison();
                return free;
            }

            free.Dispose();
        }

        return new LevitKernelWorkspace(_sizes, threads);
    }

    /// <summary>The mean over an image's tokens.</summary>
    private void Pool(float* tokens, int images, float* features)
    {
        int count = _last.Resolution * _last.Resolution;
        int pitch = PackedPanels.Pad(_last.Width);
        for (int image = 0; image < images; image++)
        {
            var mean = new Span<float>(features + (long)image * Features, Features);
            mean.Clear();
            for (int token = 0; token < count; token++)
            {
                var row = new ReadOnlySpan<float>(tokens + ((long)image * count + token) * pitch, Features);
                TensorPrimitives.Add(mean, row, mean);
            }

            TensorPrimitives.Multiply(mean, 1f / count, mean);
        }
    }

    private void Classify(LevitKernelWorkspace workspace, float* features, int images, float* logits)
    {
        // The kernels read whole tiles and write whole vectors, so both sides go through the workspace.
        float* input = workspace[LevitMatrix.Tokens];
        float* output = workspace[LevitMatrix.Wide];
        new ReadOnlySpan<float>(features, images * Features).CopyTo(new Span<float>(input, images * Features));
        _head.Multiply(new GemmTile { A = input, APitch = Features, C = output, CPitch = _head.OutputPitch, Rows = images }, 0, _head.Panels);
        for (int image = 0; image < images; image++)
        {
            new ReadOnlySpan<float>(output + (long)image * _head.OutputPitch, Labels).CopyTo(new Span<float>(logits + (long)image * Labels, Labels));
        }
    }

    /// <summary>Runs steps on a workspace.</summary>
    private sealed class StepJob(LevitKernelWorkspace workspace) : IKernelJob
    {
        private LevitKernelStep? _step;
        private int _parts;

        public void Run(KernelTeam team, LevitKernelStep[] steps)
        {
            foreach (LevitKernelStep step in steps)
            {
                _step = step;
                _parts = step.Parts(workspace, team.Threads);
                team.Run(this, _parts);
            }
        }

        public void Run(int part, int worker) => _step!.Run(workspace, part, _parts, worker);
    }
}
