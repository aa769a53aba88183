using System.Security.Cryptography;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>The SHA-256 that a model file has of its weights.</summary>
internal static class WeightsHash
{
    /// <summary>Compares weights with those that were saved.</summary>
    /// <param name="weights">Their bytes, from here to the end.</param>
    /// <param name="expected">The hash as hexadecimal digits; null where nobody knows it.</param>
    /// <param name="name">What begins the message, such as "Its weights".</param>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public static void Check(Stream weights, string? expected, string name)
    {
        if (expected is null)
        {
            return;
        }

        string found = Convert.ToHexStringLower(SHA256.HashData(weights));
        if (found != expected)
        {
            throw new InvalidDataException(
                $"{name} are not those that were saved: their SHA-256 is {found} and should be {expected}. The file was damaged since; take another copy of it, or save the model again.");
        }
    }
}
