using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>The tensors of an output, to hand them to the caller's dispose scope.</summary>
internal static class Mask2FormerOutputTensors
{
    public static void MoveToOuterDisposeScope(this Mask2FormerModelOutput output)
    {
        foreach (Tensor tensor in Tensors(output))
        {
            tensor.MoveToOuterDisposeScope();
        }
    }

    public static void MoveToOuterDisposeScope(this Mask2FormerSegmentationOutput output)
    {
        IEnumerable<Tensor> tensors = Tensors(output.Model)
            .Concat(Present(output.ClassQueriesLogits, output.MasksQueriesLogits, output.MaskFeatures))
            .Concat(output.AuxiliaryLogits?.SelectMany(layer => new[] { layer.ClassQueriesLogits, layer.MasksQueriesLogits }) ?? [])
            .Concat(output.LayerPredictions?.SelectMany(layer => new[] { layer.ClassQueriesLogits, layer.MaskEmbeddings }) ?? []);
        foreach (Tensor tensor in tensors.Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>())
        {
            tensor.MoveToOuterDisposeScope();
        }
    }

    private static IEnumerable<Tensor> Tensors(Mask2FormerModelOutput output)
    {
        IReadOnlyList<Tensor>?[] lists =
        [
            output.EncoderHiddenStates, output.PixelDecoderHiddenStates, output.TransformerDecoderHiddenStates,
            output.TransformerDecoderIntermediateStates, output.MasksQueriesLogits, output.Attentions, output.AttentionMasks, output.MaskEmbeddings,
        ];
        return Present(output.EncoderLastHiddenState, output.PixelDecoderLastHiddenState, output.TransformerDecoderLastHiddenState)
            .Concat(lists.SelectMany(list => list ?? []))
            .Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>();
    }

    private static IEnumerable<Tensor> Present(params Tensor?[] tensors) => tensors.Where(tensor => tensor is not null)!;
}
