namespace MLNetVision.Models.Common.Weights;

/// <summary>Where a model's weights come from: named tensors, whose values are read as float32 in row-major order.</summary>
internal interface IWeightSource
{
    /// <summary>The dimensions of a tensor; null where there is none of that name.</summary>
    IReadOnlyList<long>? ShapeOf(string key);

    /// <summary>Reads a tensor that is there.</summary>
    /// <exception cref="InvalidDataException">The stored bytes are broken, or a value is no float32; the message names the key.</exception>
    float[] Read(string key);
}
