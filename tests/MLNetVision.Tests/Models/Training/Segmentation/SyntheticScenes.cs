using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Training.Segmentation.Scenes;

namespace MLNetVision.Tests.Models.Training.Segmentation;

/// <summary>Pictures with a bright (class 0) and a dark (class 1) rectangle on grey; some lack one of them.</summary>
internal sealed class SyntheticScenes(int count, int side = 64) : ISegmentationData
{
    public int Broken { get; init; } = -1;

    public int Count => count;

    public IReadOnlyCollection<int> ClassesOf(int index) => [.. Rectangles(index).Select(rectangle => rectangle.Class)];

    public string NameOf(int index) => $"scene {index}";

    public SegmentationSample Load(int index)
    {
        if (index == Broken)
        {
            throw new InvalidDataException("broken on purpose");
        }

        var image = new RgbImage(side, side);
        image.Pixels.Fill(128);
        var masks = new List<RunLengthMask>();
        foreach ((int value, int x, int y, int size) in Rectangles(index))
        {
            var mask = new byte[side * side];
            for (int row = y; row < y + size; row++)
            {
                image.Row(row).Slice(3 * x, 3 * size).Fill((byte)(value == 0 ? 230 : 20));
                mask.AsSpan(row * side + x, size).Fill(1);
            }

            masks.Add(RunLengthMask.FromRowMajor(mask, side, side));
        }

        return new SegmentationSample(image, masks, [.. Rectangles(index).Select(rectangle => rectangle.Class)]);
    }

    private (int Class, int X, int Y, int Size)[] Rectangles(int index) => (index % 4) switch
    {
        0 => [(0, side / 8, side / 8, side / 4)],
        1 => [(0, side / 2, side / 8, side / 3), (1, side / 8, side / 2, side / 3)],
        2 => [(1, side / 2, side / 2, side / 4)],
        _ => [],
    };
}
