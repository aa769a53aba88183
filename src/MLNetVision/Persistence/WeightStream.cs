using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Persistence;

/// <summary>A model's weights in the safetensors format (https://huggingface.co/docs/safetensors), inside a model file.</summary>
internal static class WeightStream
{
    public static void Write(Stream stream, IReadOnlyDictionary<string, torch.Tensor> weights) => SafetensorsWriter.Write(stream, weights);

    /// <summary>Opens what was written, for as long as a function needs it.</summary>
    /// <exception cref="InvalidDataException">The bytes are broken.</exception>
    public static T Read<T>(Stream stream, Func<ICheckpoint, T> use)
    {
        // ML.NET unpacks a model file's entries into files of its own; only where it may not, they come as memory.
        if (stream is FileStream file && file.Position == 0)
        {
            using SafetensorsFile checkpoint = SafetensorsFile.Open(file.Name);
            return use(checkpoint);
        }

        string copy = Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}.safetensors");
        try
        {
            using (FileStream target = File.Create(copy))
            {
                stream.CopyTo(target);
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
