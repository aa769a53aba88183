using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Swin.Blocks;

/// <summary>Cuts the image into patches and embeds each (Swin, section 3.1); images are padded to whole patches with zeros.</summary>
internal sealed class SwinEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "position_embeddings")]
    private readonly Parameter? _positionEmbeddings;

    [ComponentName(Name = "patch_embeddings")]
    private readonly SwinPatchEmbeddings _patchEmbeddings;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    private readonly int _trainedSide;
    private readonly double _dropout;
    private readonly Generator? _generator;

    public SwinEmbeddings(SwinConfig config, Generator? generator)
        : base(nameof(SwinEmbeddings))
    {
        _patchEmbeddings = new SwinPatchEmbeddings(config);
        _norm = nn.LayerNorm(config.EmbedDim);
        _trainedSide = config.ImageSize / config.PatchSize;
        _dropout = config.HiddenDropoutProb;
        _generator = generator;
        if (config.UseAbsoluteEmbeddings)
        {
            // As in Hugging Face's checkpoints, the first row belongs to a class token that Swin does not have.
            _positionEmbeddings = nn.Parameter(zeros(1, (long)_trainedSide * _trainedSide + 1, config.EmbedDim));
            _positionEmbeddings.DetachFromDisposeScope();
        }

        RegisterComponents();
    }

    /// <param name="pixelValues">(batch, channels, height, width).</param>
    /// <returns>(batch, height / patch, width / patch, embed_dim), both rounded up.</returns>
    public override Tensor forward(Tensor pixelValues)
    {
        Tensor patches = _norm.Normalize(_patchEmbeddings.call(pixelValues));
        if (_positionEmbeddings is not null)
        {
            patches = patches.Plus(PositionsFor(patches.shape[1], patches.shape[2])!);
        }

        return SeededDropout.Apply(patches, _dropout, training, _generator);
    }

    /// <summary>
    /// The position embeddings of a patch grid, (1, height, width, embed_dim), or null without them. Other grids than
    /// the trained one are interpolated bicubically. Hugging Face adds the class token's row too, which fails.
    /// </summary>
    private Tensor? PositionsFor(long height, long width)
    {
        if (_positionEmbeddings is null)
        {
            return null;
        }

        Tensor grid = _positionEmbeddings.slice(1, 1, _positionEmbeddings.shape[1], 1).reshape(1, _trainedSide, _trainedSide, -1);
        if (height == _trainedSide && width == _trainedSide)
        {
            return grid;
        }

        return F.interpolate(grid.permute(0, 3, 1, 2), size: [height, width], mode: InterpolationMode.Bicubic, align_corners: false).permute(0, 2, 3, 1);
    }
}

/// <summary>One strided convolution from pixels to patch embeddings, channels last.</summary>
internal sealed class SwinPatchEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "projection")]
    private readonly Convolution2d _projection;

    private readonly int _patchSize;

    public SwinPatchEmbeddings(SwinConfig config)
        : base(nameof(SwinPatchEmbeddings))
    {
        _patchSize = config.PatchSize;
        _projection = new Convolution2d(config.NumChannels, config.EmbedDim, config.PatchSize, stride: config.PatchSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixelValues)
    {
        long bottom = Padding(pixelValues.shape[2], _patchSize);
        long right = Padding(pixelValues.shape[3], _patchSize);
        Tensor padded = bottom + right == 0 ? pixelValues : F.pad(pixelValues, [0, right, 0, bottom]);
        return _projection.call(padded).permute(0, 2, 3, 1); // (batch, height, width, channels)
    }

    /// <summary>What is missing to the next multiple.</summary>
    public static long Padding(long size, long multiple) => (multiple - size % multiple) % multiple;
}
