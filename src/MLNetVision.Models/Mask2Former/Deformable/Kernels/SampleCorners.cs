using System.Runtime.CompilerServices;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>The four pixels around a sample: which they are in their level and what they weigh. Those outside are named by the nearest inside and weigh nothing.</summary>
internal unsafe struct SampleCorners
{
    public float X, Y, Share00, Share01, Share10, Share11;
    public int Pixel00, Pixel01, Pixel10, Pixel11;
    public bool Outside00, Outside01, Outside10, Outside11;

    /// <summary>Finds them; false where no pixel is near. NaN and what is far outside reach no pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFind(float* location, int height, int width, out SampleCorners at)
    {
        at = default;
        float x = location[0] * width - 0.5f, y = location[1] * height - 0.5f;
        if (!(x > -1 && y > -1 && x < width && y < height))
        {
            return false;
        }

        float left = MathF.Floor(x), top = MathF.Floor(y);
        (at.X, at.Y) = (x - left, y - top);
        int column = (int)left, line = (int)top;
        bool noLeft = column < 0, noRight = column + 1 >= width, noTop = line < 0, noBottom = line + 1 >= height;
        int first = Math.Max(column, 0), second = Math.Min(column + 1, width - 1);
        int upper = Math.Max(line, 0) * width, lower = Math.Min(line + 1, height - 1) * width;
        (at.Pixel00, at.Pixel01, at.Pixel10, at.Pixel11) = (upper + first, upper + second, lower + first, lower + second);
        (at.Outside00, at.Outside01, at.Outside10, at.Outside11) = (noTop || noLeft, noTop || noRight, noBottom || noLeft, noBottom || noRight);
        at.Share00 = at.Outside00 ? 0 : (1 - at.X) * (1 - at.Y);
        at.Share01 = at.Outside01 ? 0 : at.X * (1 - at.Y);
        at.Share10 = at.Outside10 ? 0 : (1 - at.X) * at.Y;
        at.Share11 = at.Outside11 ? 0 : at.X * at.Y;
        return true;
    }

    /// <summary>Sets the gradients of a sample's weight and of its place.</summary>
    /// <param name="d00">The output's gradient times the value of the first corner; 0 where that is outside. The others likewise.</param>
    /// <param name="d01">Right of it.</param>
    /// <param name="d10">Below it.</param>
    /// <param name="d11">Right of and below it.</param>
    /// <param name="weight">The sample's weight.</param>
    /// <param name="size">The level's size.</param>
    /// <param name="locationGradient">x and y, set.</param>
    /// <param name="weightGradient">Set.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetGradients(
        float d00, float d01, float d10, float d11, float weight, (int Height, int Width) size, float* locationGradient, float* weightGradient)
    {
        *weightGradient = Share00 * d00 + Share01 * d01 + Share10 * d10 + Share11 * d11;
        locationGradient[0] = weight * size.Width * ((1 - Y) * (d01 - d00) + Y * (d11 - d10));
        locationGradient[1] = weight * size.Height * ((1 - X) * (d10 - d00) + X * (d11 - d01));
    }
}
