using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Maps;

/// <summary>Bilinear interpolation of a map whose channels lie together, as torch's interpolate without align_corners and antialiasing.</summary>
/// <param name="Source">The map.</param>
/// <param name="Size">Its size.</param>
/// <param name="Target">The size that it is interpolated to.</param>
/// <param name="Channels">The channels.</param>
internal readonly unsafe record struct BilinearMap(nint Source, MapSize Size, MapSize Target, int Channels)
{
    /// <summary>Writes an interpolated pixel.</summary>
    public void Write(int y, int x, float* pixel) => Interpolate(y, x, pixel, add: false);

    /// <summary>Adds an interpolated pixel.</summary>
    public void Add(int y, int x, float* pixel) => Interpolate(y, x, pixel, add: true);

    private void Interpolate(int y, int x, float* pixel, bool add)
    {
        (int top, int bottom, float below) = Axis(y, Size.Height, Target.Height);
        (int left, int right, float beside) = Axis(x, Size.Width, Target.Width);
        float* a = At(top, left), b = At(top, right), c = At(bottom, left), d = At(bottom, right);
        float wa = (1 - below) * (1 - beside), wb = (1 - below) * beside, wc = below * (1 - beside), wd = below * beside;
        int i = 0;
        for (; i <= Channels - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> value = add ? Vector256.Load(pixel + i) : Vector256<float>.Zero;
            value = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Create(wa), value);
            value = Vector256.FusedMultiplyAdd(Vector256.Load(b + i), Vector256.Create(wb), value);
            value = Vector256.FusedMultiplyAdd(Vector256.Load(c + i), Vector256.Create(wc), value);
            Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Load(d + i), Vector256.Create(wd), value), pixel + i);
        }

        for (; i < Channels; i++)
        {
            pixel[i] = (add ? pixel[i] : 0) + wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
        }
    }

    private float* At(int y, int x) => (float*)Source + ((long)y * Size.Width + x) * Channels;

    /// <summary>The two neighbours of a place and the share of the second.</summary>
    private static (int First, int Second, float Share) Axis(int place, int size, int target)
    {
        float position = Math.Max(0, (place + 0.5f) * ((float)size / target) - 0.5f);
        int first = Math.Min((int)position, size - 1);
        return (first, Math.Min(first + 1, size - 1), position - first);
    }
}
