using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, section 4): a part of a network keeps only its inputs for the backward pass,
/// which runs the part once more, with the same random numbers.
/// </summary>
internal static class Recomputation
{
    /// <summary>Runs a part; where no gradient is asked for, it just runs.</summary>
    /// <param name="part">
    /// From the inputs to one output. Parameters that it uses get their gradients; other tensors that need a gradient must be
    /// among the inputs.
    /// </param>
    /// <param name="generator">The source of the part's random numbers; null is torch's own.</param>
    /// <param name="inputs">At least one needs a gradient if the part's parameters are to get theirs.</param>
    public static Tensor Apply(Func<Tensor[], Tensor> part, Generator? generator, params Tensor[] inputs)
    {
        if (!is_grad_enabled() || !inputs.Any(input => input.requires_grad))
        {
            return part(inputs);
        }

        return RecomputedPart.apply([.. inputs, new Recipe(part, generator)]);
    }

    private sealed record Recipe(Func<Tensor[], Tensor> Part, Generator? Generator)
    {
        public byte[] RandomState()
        {
            using Tensor state = Generator is null ? random.get_rng_state() : Generator.get_state();
            return state.data<byte>().ToArray();
        }

        public void Restore(byte[] randomState)
        {
            using Tensor state = tensor(randomState);
            if (Generator is null)
            {
                random.set_rng_state(state);
            }
            else
            {
                Generator.set_state(state);
            }
        }
    }

    private sealed class RecomputedPart : autograd.SingleTensorFunction<RecomputedPart>
    {
        private const string RecipeKey = nameof(Recipe), StateKey = "RandomState", WantedKey = "Wanted", KeptKey = nameof(KeptTensors);

        public override string Name => nameof(RecomputedPart);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] inputs = [.. vars[..^1].Cast<Tensor>()];
            var recipe = (Recipe)vars[^1];
            ctx.save_data(KeptKey, new KeptTensors(inputs));
            ctx.save_data(StateKey, recipe.RandomState());
            ctx.save_data(RecipeKey, recipe);
            ctx.save_data(WantedKey, inputs.Select(input => input.requires_grad).ToArray());
            return recipe.Part(inputs);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = enable_grad();
            scope.Attach(grad_output);
            Tensor[] saved = ((KeptTensors)ctx.get_data(KeptKey)).Take(scope);
            var recipe = (Recipe)ctx.get_data(RecipeKey);
            var wanted = (bool[])ctx.get_data(WantedKey);
            Tensor[] inputs = [.. saved.Select((input, i) => input.requires_grad_(wanted[i]))];
            byte[] present = recipe.RandomState();
            recipe.Restore((byte[])ctx.get_data(StateKey));
            Tensor output = recipe.Part(inputs);
            recipe.Restore(present);
            output.backward([grad_output]);
            return ReturnedGradients.Of([.. inputs.Select((input, i) => wanted[i] ? input.grad : null), null]);
        }
    }
}
