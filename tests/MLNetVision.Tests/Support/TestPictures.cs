using Microsoft.ML.Data;

namespace MLNetVision.Tests.Support;

/// <summary>Small pictures with a pattern and a colour of their own.</summary>
internal static class TestPictures
{
    /// <summary>A picture that depends on a number; its sides do as well.</summary>
    public static MLImage Create(int number)
    {
        int width = 40 + (number * 7 % 20);
        int height = 36 + (number * 5 % 24);
        byte[] pixels = new byte[width * height * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int x = i / 4 % width;
            int y = i / 4 / width;
            pixels[i] = (byte)(x * (3 + number));
            pixels[i + 1] = (byte)((y * 5) + (number * 40));
            pixels[i + 2] = (byte)((x ^ y) * (1 + number));
            pixels[i + 3] = 255;
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>Writes <see cref="Create"/> as PNG.</summary>
    public static string Save(int number, string path)
    {
        using MLImage image = Create(number);
        image.Save(path);
        return path;
    }
}
