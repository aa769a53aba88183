using MLNetVision.Models.Common.Processing;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>The sizes that a picture has on its way through the model.</summary>
public sealed record TargetSize
{
    /// <summary>
    /// The size that masks are wanted in, usually the picture's own. Null: 384 × 384 as in transformers, or the input's
    /// size with <see cref="MaskUpsampling.Original"/>.
    /// </summary>
    public (int Height, int Width)? Target { get; init; }

    /// <summary>The size of the model's input with its padding; needed for <see cref="MaskUpsampling.Original"/> only.</summary>
    public (int Height, int Width)? Input { get; init; }

    /// <summary>The part of the input that holds the picture; null, the default, for all of it.</summary>
    public (int Height, int Width)? Valid { get; init; }

    /// <summary>A size that masks are wanted in.</summary>
    /// <param name="height">The height, at least 1.</param>
    /// <param name="width">The width, at least 1.</param>
    public static TargetSize Of(int height, int width) => new() { Target = (height, width) };

    /// <summary>The sizes of a picture of a processed batch.</summary>
    /// <param name="inputs">The batch.</param>
    /// <param name="image">The picture's number in it.</param>
    /// <param name="height">The height that masks are wanted in.</param>
    /// <param name="width">The width that masks are wanted in.</param>
    public static TargetSize Of(Mask2FormerInputs inputs, int image, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new TargetSize { Target = (height, width), Input = (inputs.Height, inputs.Width), Valid = inputs.Sizes[image] };
    }

    /// <summary>The sizes of a picture of a processed batch.</summary>
    /// <param name="inputs">The batch.</param>
    /// <param name="image">The picture's number in it.</param>
    /// <param name="height">The height that masks are wanted in.</param>
    /// <param name="width">The width that masks are wanted in.</param>
    public static TargetSize Of(PixelValues inputs, int image, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new TargetSize { Target = (height, width), Input = (inputs.Height, inputs.Width), Valid = inputs.Sizes[image] };
    }

    internal void Validate(int image)
    {
        foreach ((int Height, int Width)? size in new[] { Target, Input, Valid })
        {
            if (size is { } given && (given.Height < 1 || given.Width < 1))
            {
                throw new ArgumentException($"Picture {image}: a size is {given.Height} x {given.Width}; expected at least 1 x 1.");
            }
        }

        if (Valid is { } valid && Input is { } input && (valid.Height > input.Height || valid.Width > input.Width))
        {
            throw new ArgumentException($"Picture {image}: its part {valid.Height} x {valid.Width} exceeds the input, {input.Height} x {input.Width}.");
        }
    }
}

/// <summary>How mask logits come to the picture's size.</summary>
public enum MaskUpsampling
{
    /// <summary>To 384 × 384, then to the target, as transformers does.</summary>
    HuggingFace,

    /// <summary>To the model's input, without its padding to the target, and only then probabilities, as the original does.</summary>
    Original,
}
