using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// Compares the size of annotations with that of their picture. Tools show pictures upright; programs that read pixels as they are
/// stored see the same picture lying. Where the sizes tell that annotations were made the other way up, they are turned.
/// </summary>
internal static class PictureFrame
{
    /// <summary>The size of a picture, from its header.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static (int Height, int Width) SizeOf(string path, ExifOrientation orientation)
    {
        try
        {
            (int width, int height) = PictureHeader.Read(path).Size(orientation);
            PictureLimits.Check("the picture", width, height);
            return (height, width);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"no size is stated, and the picture does not tell it: {e.Message}", e);
        }
    }

    /// <summary>The annotations in the pixels of their picture as it is wanted.</summary>
    /// <param name="image">The annotations; their picture exists.</param>
    /// <param name="orientation">Which way up the picture is wanted.</param>
    /// <exception cref="InvalidDataException">The sizes differ, and the picture's orientation does not explain it.</exception>
    public static AnnotatedImage Fit(AnnotatedImage image, ExifOrientation orientation)
    {
        PictureHeader header;
        try
        {
            header = PictureHeader.Read(image.Path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return image; // whoever scores it names it and counts it as missed, and could not if it were left out here
        }

        (int Width, int Height) wanted = header.Size(orientation);
        if ((image.Width, image.Height) == wanted)
        {
            return image;
        }

        ExifOrientation other = orientation == ExifOrientation.Apply ? ExifOrientation.Ignore : ExifOrientation.Apply;
        if ((image.Width, image.Height) != header.Size(other))
        {
            throw new InvalidDataException(
                $"the picture is {wanted.Width}×{wanted.Height}, but its annotations are for {image.Width}×{image.Height} (width×height)");
        }

        PictureTurn turn = orientation == ExifOrientation.Apply ? PictureTurn.Upright(header.Origin) : PictureTurn.Upright(header.Origin).Back();
        return image with
        {
            Width = wanted.Width,
            Height = wanted.Height,
            Segments = [.. image.Segments.Select(segment => Turn(segment, turn, image.Height, image.Width))],
            Notes = [.. image.Notes, (BadRecordKind.Remark,
                $"the annotations are for the picture {(other == ExifOrientation.Apply ? "turned upright" : "as it is stored")} ({image.Width}×{image.Height}, width×height): they were turned by its EXIF orientation")],
        };
    }

    /// <summary>A mask for the picture turned.</summary>
    public static RunLengthMask Turn(RunLengthMask mask, PictureTurn turn)
    {
        (int width, int height) = turn.Size(mask.Width, mask.Height);
        byte[] source = mask.ToRowMajor();
        byte[] target = new byte[source.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (int fromX, int fromY) = turn.Source(x, y, mask.Width, mask.Height);
                target[y * width + x] = source[fromY * mask.Width + fromX];
            }
        }

        return RunLengthMask.FromRowMajor(target, height, width);
    }

    private static AnnotatedSegment Turn(AnnotatedSegment segment, PictureTurn turn, int height, int width) =>
        segment with { Mask = segment.Mask is null ? null : Turn(segment.Mask, turn), Box = Turn(segment.Box, turn, height, width) };

    private static BoundingBox Turn(BoundingBox box, PictureTurn turn, int height, int width)
    {
        double x = turn.MirrorsX ? width - box.Right : box.X;
        double y = turn.MirrorsY ? height - box.Bottom : box.Y;
        return turn.Swaps ? new BoundingBox(y, x, box.Height, box.Width) : new BoundingBox(x, y, box.Width, box.Height);
    }
}
