using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Classification;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>What a network may learn from beside the labels.</summary>
internal static class LevitTeachers
{
    private const double SmallestProbability = 1e-9;

    /// <summary>A LeViT as a teacher: it sees the student's pictures at its own size.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="preprocessing">How it wants pictures.</param>
    /// <param name="labels">The student's classes.</param>
    public static DistillationTeacher Of(LevitScoringEngine teacher, LevitConfig config, LevitImageProcessorConfig preprocessing, IReadOnlyList<string> labels)
    {
        int[] order = Order(config.Labels, labels, "checkpoint");
        int size = config.ImageSize;
        return pixels =>
        {
            using DisposeScope scope = NewDisposeScope();
            using var noGradient = no_grad();
            Tensor x = pixels;
            if (x.shape[2] != size || x.shape[3] != size)
            {
                x = nn.functional.interpolate(x, size: [size, size], mode: InterpolationMode.Bilinear, align_corners: false);
            }

            if (preprocessing.DoNormalize)
            {
                x = (x - Channels(preprocessing.ImageMean, x.device)) / Channels(preprocessing.ImageStd, x.device);
            }

            return teacher.Logits(x).index_select(1, tensor(order, device: x.device)).MoveToOuterDisposeScope();
        };
    }

    /// <summary>Any transformer that gives probabilities for a column of images.</summary>
    /// <param name="teacher">The transformer.</param>
    /// <param name="imageColumn">The column of images that it reads.</param>
    /// <param name="scoreColumn">Its column of probabilities.</param>
    /// <param name="labels">The student's classes.</param>
    /// <exception cref="ArgumentException">It does not read that column, or does not know the classes.</exception>
    public static DistillationTeacher Of(ITransformer teacher, string imageColumn, string scoreColumn, IReadOnlyList<string> labels)
    {
        var ml = new MLContext();
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Image)].ColumnName = imageColumn;
        DataViewSchema.Column score = teacher.GetOutputSchema(ml.Data.LoadFromEnumerable<Row>([], definition).Schema).GetColumnOrNull(scoreColumn)
            ?? throw new ArgumentException($"The teacher has no column '{scoreColumn}'.", nameof(teacher));
        if (score.Type is not VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType { RawType: { } raw } } vector || raw != typeof(float))
        {
            throw new ArgumentException($"The teacher's column '{scoreColumn}' is of type {score.Type}; expected a vector of Single of known size.", nameof(teacher));
        }

        VBuffer<ReadOnlyMemory<char>> slots = default;
        if (score.Annotations.Schema.GetColumnOrNull("SlotNames") is not null)
        {
            score.Annotations.GetValue("SlotNames", ref slots);
        }

        string[] known = slots.Length > 0 ? [.. slots.DenseValues().Select(name => name.ToString())] : [.. labels.Take(vector.Size)];
        int[] order = Order(known, labels, scoreColumn);
        return pixels => Ask(ml, definition, teacher, scoreColumn, order, pixels);
    }

    private static Tensor Ask(MLContext ml, SchemaDefinition definition, ITransformer teacher, string scoreColumn, int[] order, Tensor pixels)
    {
        Row[] rows = Rows(pixels);
        try
        {
            IDataView scored = teacher.Transform(ml.Data.LoadFromEnumerable(rows, definition));
            float[][] scores = [.. scored.GetColumn<float[]>(scoreColumn)];
            float[] logits = [.. scores.SelectMany(row => order.Select(index => (float)Math.Log(Math.Max(row[index], SmallestProbability))))];
            return tensor(logits, [rows.Length, order.Length]).to(pixels.device);
        }
        finally
        {
            Array.ForEach(rows, row => row.Image.Dispose());
        }
    }

    // (N, 3, H, W), 0..1 -> N images
    private static Row[] Rows(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bytes = pixels.detach().cpu().Times(255).round().Within(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1);
        Tensor opaque = TensorNumbers.Filled([bytes.shape[0], bytes.shape[1], bytes.shape[2], 1], 255, ScalarType.Byte);
        Tensor rgba = cat([bytes, opaque], 3).contiguous();
        int width = (int)rgba.shape[2];
        int height = (int)rgba.shape[1];
        return [.. Enumerable.Range(0, (int)rgba.shape[0]).Select(i => new Row { Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, rgba[i].bytes) })];
    }

    private static Tensor Channels(ChannelValues values, Device device) =>
        tensor(new[] { (float)values[0], (float)values[1], (float)values[2] }, device: device).view(1, 3, 1, 1);

    /// <summary>For each class of the student its place among those of the teacher: by name, or by order where no name is known.</summary>
    private static int[] Order(IReadOnlyList<string> teacher, IReadOnlyList<string> student, string source)
    {
        int[] places = [.. student.Select(name => teacher.ToList().IndexOf(name))];
        if (places.All(place => place >= 0))
        {
            return places;
        }

        return places.All(place => place < 0) && teacher.Count == student.Count
            ? [.. Enumerable.Range(0, student.Count)]
            : throw new ArgumentException(
                $"The teacher ({source}) knows {teacher.Count} classes, but not '{student[Array.FindIndex(places, place => place < 0)]}'; it must know all {student.Count} classes of the labels.");
    }

    private sealed class Row
    {
        // ML.NET wants a size here; nobody looks at it.
        [ImageType(1, 1)]
        public MLImage Image { get; set; } = null!;
    }
}
