using System.Security.Cryptography;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Persistence;

/// <summary>A model's weights in the safetensors format (https://huggingface.co/docs/safetensors), inside a model file.</summary>
internal static class WeightStream
{
    private const string Name = "Its weights";

    /// <summary>Writes weights.</summary>
    /// <returns>The SHA-256 of what was written, as hexadecimal digits.</returns>
    public static string Write(Stream stream, IReadOnlyDictionary<string, torch.Tensor> weights)
    {
        using var hash = SHA256.Create();
        using (var hashing = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            SafetensorsWriter.Write(hashing, weights);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    /// <summary>Opens what was written, for as long as a function needs it.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="expectedHash">What <see cref="Write"/> returned; null where nobody knows it.</param>
    /// <param name="use">Reads the weights.</param>
    /// <exception cref="InvalidDataException">The bytes are broken, or are others than those that were written.</exception>
    public static T Read<T>(Stream stream, string? expectedHash, Func<ICheckpoint, T> use)
    {
        // ML.NET unpacks a model file's entries into files of its own; only where it may not, they come as memory.
        if (stream is FileStream file && file.Position == 0)
        {
            WeightsHash.Check(file, expectedHash, Name);
            using SafetensorsFile checkpoint = SafetensorsFile.Open(file.Name);
            return use(checkpoint);
        }

        string copy = Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}.safetensors");
        try
        {
            using (FileStream target = File.Create(copy))
            {
                stream.CopyTo(target);
                target.Position = 0;
                WeightsHash.Check(target, expectedHash, Name);
            }

            using SafetensorsFile checkpoint = SafetensorsFile.Open(copy);
            return use(checkpoint);
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
