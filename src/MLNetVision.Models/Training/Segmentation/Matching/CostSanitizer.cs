using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// Makes a matcher's costs fit for <see cref="AssignmentSolver"/>, which refuses NaN and −infinity: a training step must
/// not die on a bad value.
/// </summary>
/// <remarks>Infinite and huge costs are clamped as in Hugging Face's matcher; NaN becomes the largest cost, where later versions of it use 0, the most attractive one.</remarks>
public static class CostSanitizer
{
    /// <summary>Costs are clamped to plus and minus this.</summary>
    public const float Largest = 1e10f;

    /// <summary>Clamps to ±<see cref="Largest"/> in place and turns NaN into +<see cref="Largest"/>.</summary>
    /// <returns>How many costs were NaN, to be reported.</returns>
    public static int Apply(Span<float> costs)
    {
        Vector<float> upper = new(Largest);
        Vector<float> lower = new(-Largest);
        Vector<int> numbers = Vector<int>.Zero;
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(costs);
        foreach (ref Vector<float> vector in vectors)
        {
            Vector<int> isNumber = Vector.Equals(vector, vector);
            numbers -= isNumber;
            vector = Vector.ConditionalSelect(isNumber, Vector.Max(lower, Vector.Min(upper, vector)), upper);
        }

        int vectorised = vectors.Length * Vector<float>.Count;
        int nans = vectorised - Vector.Sum(numbers);
        foreach (ref float cost in costs[vectorised..])
        {
            nans += float.IsNaN(cost) ? 1 : 0;
            cost = float.IsNaN(cost) ? Largest : Math.Clamp(cost, -Largest, Largest);
        }

        return nans;
    }
}
