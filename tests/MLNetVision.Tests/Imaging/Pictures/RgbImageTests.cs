using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Tests.Imaging.Pictures;

[TestClass]
public sealed class RgbImageTests
{
    [TestMethod]
    public void FromPixels_FourBytesAPixel_DropsAlphaAndOrdersColours()
    {
        byte[] pixels = [1, 2, 3, 255, 4, 5, 6, 0];
        Assert.AreSequenceEqual<byte>([1, 2, 3, 4, 5, 6], RgbImage.FromPixels(2, 1, pixels, PixelLayout.Rgba).Pixels.ToArray());
        Assert.AreSequenceEqual<byte>([3, 2, 1, 6, 5, 4], RgbImage.FromPixels(1, 2, pixels, PixelLayout.Bgra).Pixels.ToArray());
        Assert.Contains("8 bytes", Assert.ThrowsExactly<ArgumentException>(() => RgbImage.FromPixels(2, 1, pixels.AsSpan(1), PixelLayout.Rgba)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RgbImage.FromPixels(0, 1, [], PixelLayout.Rgba));
    }
}
