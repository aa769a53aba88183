using System.Runtime.ExceptionServices;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Resizing.Kernels;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Processing.Kernels;

/// <summary>Writes pictures, each on a thread of its own, into one planar batch (N, 3, H, W).</summary>
internal sealed unsafe class PlanarBatch
{
    private readonly ChannelLookup _lookup;
    private readonly Resampling _resampling;
    private readonly float _padding;
    private readonly bool _padsWithZeroByte;

    /// <param name="lookup">What each byte becomes.</param>
    /// <param name="resampling">The filter of resizing.</param>
    /// <param name="padding">The value around pictures; null for what the byte 0 becomes.</param>
    public PlanarBatch(ChannelLookup lookup, Resampling resampling, float? padding)
    {
        _lookup = lookup;
        _resampling = resampling;
        _padsWithZeroByte = padding is null;
        _padding = padding ?? 0;
    }

    /// <summary>Runs the steps of all pictures.</summary>
    /// <param name="images">The pictures.</param>
    /// <param name="place">From a picture's number and its sides (width, height) as decoded to its place.</param>
    /// <param name="height">The batch's rows.</param>
    /// <param name="width">The batch's columns.</param>
    /// <param name="orientation">Whether a camera's orientation is applied.</param>
    /// <param name="threads">The largest number of threads, −1 for all.</param>
    /// <returns>(N, 3, height, width); bytes as they are where the lookup keeps bytes.</returns>
    public float[] Run(
        IReadOnlyList<ImageSource> images, Func<int, int, int, PlanarPlacement> place, int height, int width, ExifOrientation orientation, int threads)
    {
        float[] values = GC.AllocateUninitializedArray<float>(checked(images.Count * RgbImage.Channels * height * width));
        fixed (float* data = values)
        {
            WriteAll(images, place, (nint)data, keepsBytes: false, height, width, orientation, threads);
        }

        return values;
    }

    /// <summary>Runs the steps of all pictures into a tensor.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <returns>(N, 3, height, width), float32, or uint8 where the lookup keeps bytes.</returns>
    public Tensor RunTensor(
        IReadOnlyList<ImageSource> images, Func<int, int, int, PlanarPlacement> place, int height, int width, ExifOrientation orientation, int threads)
    {
        Tensor tensor = empty([images.Count, RgbImage.Channels, height, width], _lookup.KeepsBytes ? ScalarType.Byte : ScalarType.Float32);
        if (tensor.numel() == 0)
        {
            return tensor;
        }

        try
        {
            WriteAll(images, place, (nint)TensorMemory.Bytes(tensor), _lookup.KeepsBytes, height, width, orientation, threads);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Runs work on several threads; the first error comes out as it is.</summary>
    public static void ForEach(int count, int threads, Action<int> work)
    {
        if (count == 1 || threads == 1)
        {
            for (int i = 0; i < count; i++)
            {
                work(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private void WriteAll(
        IReadOnlyList<ImageSource> images, Func<int, int, int, PlanarPlacement> place, nint data, bool keepsBytes, int height, int width,
        ExifOrientation orientation, int threads)
    {
        nint bytesPerImage = (nint)RgbImage.Channels * height * width * (keepsBytes ? 1 : sizeof(float));
        ForEach(images.Count, threads, i => images[i].Use(orientation, (in PixelView pixels) =>
            Write(pixels, place(i, pixels.Width, pixels.Height), (byte*)(data + i * bytesPerImage), keepsBytes, height, width)));
    }

    private void Write(in PixelView pixels, PlanarPlacement placement, byte* target, bool keepsBytes, int height, int width)
    {
        PixelWindow window = placement.Window;
        nint plane = (nint)height * width;
        bool padded = window.Width < width || window.Height < height;
        nint origin = (nint)placement.Top * width + placement.Left;
        if (keepsBytes)
        {
            if (padded)
            {
                new Span<byte>(target, checked((int)(RgbImage.Channels * plane))).Clear();
            }

            var sink = new ByteSink(target + origin, plane, width, window.Width, pixels.BytesPerPixel);
            PixelResizer.Run(pixels, placement.Width, placement.Height, _resampling, window, sink);
            return;
        }

        float* values = (float*)target;
        if (padded)
        {
            for (int channel = 0; channel < RgbImage.Channels; channel++)
            {
                new Span<float>(values + channel * plane, checked((int)plane)).Fill(_padsWithZeroByte ? _lookup.Zero(channel) : _padding);
            }
        }

        fixed (float* lookup = _lookup.Values)
        {
            var sink = new FloatSink(values + origin, plane, width, window.Width, pixels.BytesPerPixel, lookup);
            PixelResizer.Run(pixels, placement.Width, placement.Height, _resampling, window, sink);
        }
    }

    /// <summary>Looks every byte up and puts it into its channel's plane.</summary>
    private readonly struct FloatSink(float* target, nint plane, nint stride, int width, int bytesPerPixel, float* lookup) : IPixelRowSink
    {
        public void Take(int row, byte* pixels)
        {
            float* red = target + row * stride;
            float* green = red + plane;
            float* blue = green + plane;
            float* forRed = lookup, forGreen = lookup + 256, forBlue = lookup + 512;
            for (int x = 0; x < width; x++, pixels += bytesPerPixel)
            {
                red[x] = forRed[pixels[0]];
                green[x] = forGreen[pixels[1]];
                blue[x] = forBlue[pixels[2]];
            }
        }
    }

    private readonly struct ByteSink(byte* target, nint plane, nint stride, int width, int bytesPerPixel) : IPixelRowSink
    {
        public void Take(int row, byte* pixels)
        {
            byte* red = target + row * stride;
            for (int x = 0; x < width; x++, pixels += bytesPerPixel)
            {
                red[x] = pixels[0];
                red[plane + x] = pixels[1];
                red[2 * plane + x] = pixels[2];
            }
        }
    }
}
