using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>Copies a stored tensor into a model's tensor of another element type without losing a value's meaning.</summary>
internal static class TensorConversion
{
    /// <summary>
    /// Copies with rounding between floating types; a finite value that would become infinite, and a number that an
    /// integer type cannot hold, are errors.
    /// </summary>
    /// <exception cref="InvalidDataException">A value does not fit.</exception>
    public static void Copy(string key, torch.Tensor stored, torch.Tensor target)
    {
        using (torch.no_grad())
        using (torch.NewDisposeScope())
        {
            torch.Tensor source = stored.view(target.shape);
            target.copy_(source);
            bool bothFloating = stored.is_floating_point() && target.is_floating_point();
            bool fits = bothFloating
                ? target.isinf().sum().ToWholeNumber() == stored.isinf().sum().ToWholeNumber()
                : target.cpu().to_type(stored.dtype).eq(source).all().IsTrue();
            if (!fits)
            {
                throw new InvalidDataException($"Tensor '{key}' has values of type {stored.dtype} that do not fit into {target.dtype}.");
            }
        }
    }
}
