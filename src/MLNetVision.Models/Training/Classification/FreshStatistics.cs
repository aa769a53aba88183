using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>
/// The statistics of batch normalisations as the means over batches of training pictures, for the weights as they are.
/// </summary>
/// <remarks>
/// The running averages of a training forget one tenth a step: after a few steps they are mostly the values they began with, and
/// in any case those of earlier weights. A network that tells every training picture right in train mode may then guess in eval mode.
/// </remarks>
internal sealed class FreshStatistics
{
    /// <summary>The steps from which the running averages are good enough.</summary>
    public const int ShortSteps = 200;

    private const int MostPictures = 1024;
    private readonly IImageClassificationData _data;
    private readonly Func<RgbImage, RgbImage> _asForScoring;
    private readonly InputScaling _scaling;
    private readonly LevitTrainingOptions _options;
    private readonly int _batchSize;
    private readonly int[] _pictures;

    public FreshStatistics(
        IImageClassificationData data, Func<RgbImage, RgbImage> asForScoring, InputScaling scaling, LevitTrainingOptions options, int batchSize)
    {
        (_data, _asForScoring, _scaling, _options, _batchSize) = (data, asForScoring, scaling, options, batchSize);

        // In the order of an epoch: in that of the data a batch may well be of one class.
        _pictures = [.. new EpochOrder(options.Seed, data.Count).Of(0).Take(MostPictures)];
    }

    /// <summary>Replaces the statistics of a network's batch normalisations, but for those of frozen parts; it is left in eval mode.</summary>
    public void Compute(nn.Module module, IEnumerable<nn.Module> frozen, Action<Tensor> forward)
    {
        module.eval();
        HashSet<nn.Module> kept = [.. frozen.SelectMany(part => part.modules())];
        Norm[] norms = [.. module.modules().OfType<TorchSharp.Modules.BatchNorm>().Where(norm => !kept.Contains(norm)).Select(norm => new Norm(norm))];
        try
        {
            if (norms.Length > 0)
            {
                Sum(norms, forward, module.parameters().First().device);
            }
        }
        finally
        {
            foreach (Norm norm in norms)
            {
                norm.Dispose();
            }
        }
    }

    private void Sum(Norm[] norms, Action<Tensor> forward, Device device)
    {
        using var noGradient = no_grad();
        int batches = 0;
        using (var pictures = new OrderedPrefetch<PreparedImage>(
            0, _pictures.Length, _options.PreparingThreads, _batchSize * _options.PrefetchBatches, place => PreparedImage.Load(_data, _pictures[place], _asForScoring)))
        {
            for (int begin = 0; begin + _batchSize <= _pictures.Length; begin += _batchSize)
            {
                using var scope = NewDisposeScope();
                PreparedImage[] prepared = [.. Enumerable.Range(0, _batchSize).Select(_ => pictures.Take())];
                if (prepared.Count(picture => picture.Image is not null) < 2)
                {
                    continue; // as in training
                }

                foreach (Norm norm in norms)
                {
                    norm.Begin();
                }

                forward(_scaling.Apply(LabelledPictures.Pack(prepared)!.ToUnitRange(device)));
                foreach (Norm norm in norms)
                {
                    norm.End();
                }

                batches++;
            }
        }

        foreach (Norm norm in norms)
        {
            norm.Set(batches);
        }
    }

    /// <summary>A batch normalisation whose statistics are summed batch by batch.</summary>
    private sealed class Norm : IDisposable
    {
        private readonly TorchSharp.Modules.BatchNorm _norm;
        private readonly double _share;
        private readonly Tensor _mean, _variance, _counter, _before, _counted, _sums;

        public Norm(TorchSharp.Modules.BatchNorm norm)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            _norm = norm;
            _share = norm.momentum ?? throw new NotSupportedException("A batch normalisation without momentum keeps the mean of all batches already.");
            (_mean, _variance, _counter) = (norm.running_mean!, norm.running_var!, norm.num_batches_tracked!);
            _before = stack([_mean, _variance]).DetachFromDisposeScope();
            _counted = _counter.clone().DetachFromDisposeScope();
            _sums = zeros_like(_before).DetachFromDisposeScope();
        }

        /// <summary>From nothing, the running average after a batch is the batch's share.</summary>
        public void Begin()
        {
            _norm.train();
            _mean.zero_();
            _variance.zero_();
        }

        public void End()
        {
            _norm.eval();
            _sums.Add(stack([_mean, _variance]));
        }

        /// <summary>The means over the batches; the statistics as they were if there was none.</summary>
        public void Set(int batches)
        {
            using var scope = NewDisposeScope();
            Tensor values = batches == 0 ? _before : _sums.div(tensor((float)(batches * _share), device: _sums.device));
            _mean.copy_(values[0]);
            _variance.copy_(values[1]);
            _counter.copy_(_counted);
        }

        public void Dispose()
        {
            _before.Dispose();
            _counted.Dispose();
            _sums.Dispose();
        }
    }
}
