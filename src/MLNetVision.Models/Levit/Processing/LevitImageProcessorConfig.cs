using System.Text.Json.Serialization;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Processing;

namespace MLNetVision.Models.Levit.Processing;

/// <summary>The settings of <see cref="LevitImageProcessor"/>: preprocessor_config.json both ways.</summary>
public sealed record LevitImageProcessorConfig : ImageProcessorConfig
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string ProcessorType => "LevitImageProcessor";

    /// <summary>
    /// The size that pictures are resized to. A shortest edge s gives a short side of int(256 / 224 · s) and keeps the
    /// aspect ratio; height and width are used as they are. By default a shortest edge of 224.
    /// </summary>
    [JsonConverter(typeof(ImageSizeJsonConverter))]
    public ImageSize Size { get; init; } = ImageSize.Shortest(224);

    /// <summary>The filter of resizing; bicubic by default.</summary>
    [JsonConverter(typeof(ResamplingJsonConverter))]
    public Resampling Resample { get; init; } = Resampling.Bicubic;

    /// <summary>Whether the middle is cut out; true by default.</summary>
    public bool DoCenterCrop { get; init; } = true;

    /// <summary>The height and width that are cut out, of smaller pictures padded with the byte 0; 224 × 224 by default.</summary>
    [JsonConverter(typeof(SquareSizeJsonConverter))]
    public ImageSize CropSize { get; init; } = ImageSize.Fixed(224, 224);

    /// <summary>Reads the text of a preprocessor_config.json.</summary>
    /// <exception cref="InvalidDataException">The text is not such a config; the message names the field.</exception>
    public static LevitImageProcessorConfig FromJson(string json) => Parse<LevitImageProcessorConfig>(json);

    /// <summary>Reads a preprocessor_config.json, or that of a checkpoint folder.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a config; the message names the file and the field.</exception>
    public static LevitImageProcessorConfig FromFile(string path) => ParseFile(path, FromJson);

    /// <summary>The usual settings for a model's input size.</summary>
    /// <param name="imageSize">The side of the model's input, at least 1.</param>
    public static LevitImageProcessorConfig ForImageSize(int imageSize) =>
        new() { Size = ImageSize.Shortest(imageSize), CropSize = ImageSize.Fixed(imageSize, imageSize) };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Size.Problem() is { } problem)
        {
            throw Invalid("size", problem, "height and width, or shortest_edge");
        }

        if (!Size.IsFixed && Size.ShortestEdge is null)
        {
            throw Invalid("size", $"is {Size}", "height and width, or shortest_edge");
        }

        if (CropSize.Problem() is not null || !CropSize.IsFixed)
        {
            throw Invalid("crop_size", $"is {CropSize}", "height and width, both at least 1");
        }
    }

    internal override ImageProcessorConfig With(PlainFields fields) => this with
    {
        Size = fields.Size("size", Size, ImageSize.Shortest),
        Resample = fields.Filter("resample", Resample),
        DoCenterCrop = fields.Flag("do_center_crop", DoCenterCrop),
        CropSize = fields.Size("crop_size", CropSize, side => ImageSize.Fixed(side, side)),
    };

    /// <inheritdoc/>
    public bool Equals(LevitImageProcessorConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}
