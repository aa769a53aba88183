using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, section 4): a part of a network keeps only its inputs for the backward pass,
/// which runs the part once more, with the same random numbers.
/// </summary>
internal static class Recomputation
{
    // Whether this thread computes a part once more: parts within it then keep what they need.
    [ThreadStatic]
    private static bool _isUnderWay;

    /// <summary>Runs a part that draws no random numbers; where no gradient is asked for, and on a GPU, which waits for launches rather than for memory, it just runs.</summary>
    /// <param name="part">
    /// From the inputs to one output. Parameters that it uses get their gradients; other tensors that need a gradient must be
    /// among the inputs.
    /// </param>
    /// <param name="inputs">At least one needs a gradient if the part's parameters are to get theirs.</param>
    public static Tensor Apply(Func<Tensor[], Tensor> part, params Tensor[] inputs) => IsCheap(inputs) ? part(inputs) : Run(new Recipe(part), inputs);

    /// <summary>Runs a part that may draw random numbers, as <see cref="Apply"/> does.</summary>
    /// <param name="part"><inheritdoc cref="Apply" path="/param[@name='part']"/></param>
    /// <param name="generator">The source of the part's random numbers; null is torch's own, which other threads must not use meanwhile.</param>
    /// <param name="inputs"><inheritdoc cref="Apply" path="/param[@name='inputs']"/></param>
    public static Tensor ApplyRandom(Func<Tensor[], Tensor> part, Generator? generator, params Tensor[] inputs) =>
        IsCheap(inputs) ? part(inputs) : Run(new RandomRecipe(part, generator), inputs);

    /// <summary>
    /// Runs a part that may draw random numbers, on any device, for memory's sake above all: what its second run and its
    /// backward pass have used is given back to the system at once, which takes time.
    /// </summary>
    /// <param name="part"><inheritdoc cref="Apply" path="/param[@name='part']"/></param>
    /// <param name="generator"><inheritdoc cref="ApplyRandom" path="/param[@name='generator']"/></param>
    /// <param name="inputs"><inheritdoc cref="Apply" path="/param[@name='inputs']"/></param>
    public static Tensor Checkpoint(Func<Tensor[], Tensor> part, Generator? generator, params Tensor[] inputs) =>
        Run(new RandomRecipe(part, generator) { ReturnsMemory = true }, inputs);

    private static bool IsCheap(Tensor[] inputs) => GpuForm.IsFor(inputs[0]);

    private static Tensor Run(Recipe recipe, Tensor[] inputs) =>
        is_grad_enabled() && !_isUnderWay && inputs.Any(input => input.requires_grad) ? RecomputedPart.apply([.. inputs, recipe]) : recipe.Part(inputs);

    private record Recipe(Func<Tensor[], Tensor> Part)
    {
        /// <summary>Whether freed memory is given back to the system.</summary>
        public bool ReturnsMemory { get; init; }

        /// <summary>The part as it is now, to be run once more.</summary>
        public virtual Func<Tensor[], Tensor> Again() => Part;
    }

    private sealed record RandomRecipe(Func<Tensor[], Tensor> Part, Generator? Generator) : Recipe(Part)
    {
        public override Func<Tensor[], Tensor> Again()
        {
            byte[] first = RandomState();
            return inputs =>
            {
                byte[] present = RandomState();
                Restore(first);
                Tensor output = Part(inputs);
                Restore(present);
                return output;
            };
        }

        private byte[] RandomState()
        {
            using Tensor state = Generator is null ? random.get_rng_state() : Generator.get_state();
            return state.data<byte>().ToArray();
        }

        private void Restore(byte[] randomState)
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
        private const string PartKey = "Part", KeptKey = nameof(KeptTensors), TrimKey = nameof(Recipe.ReturnsMemory);

        public override string Name => nameof(RecomputedPart);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] inputs = [.. vars[..^1].Cast<Tensor>()];
            var recipe = (Recipe)vars[^1];
            ctx.save_data(KeptKey, new KeptTensors(inputs));
            ctx.save_data(PartKey, recipe.Again());
            ctx.save_data(TrimKey, recipe.ReturnsMemory);
            return recipe.Part(inputs);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = enable_grad();
            scope.Attach(grad_output);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            var part = (Func<Tensor[], Tensor>)ctx.get_data(PartKey);
            Tensor[] inputs = [.. kept.Take(scope).Select((input, i) => input.requires_grad_(kept.NeedsGradient[i]))];
            Action trim = (bool)ctx.get_data(TrimKey) ? NativeHeap.Trim : () => { };
            trim();
            Tensor output = Recompute(part, inputs);
            trim();
            output.backward([grad_output]);
            trim();
            return kept.Return([.. inputs.Select((input, i) => kept.NeedsGradient[i] ? input.grad : null), null]);
        }

        private static Tensor Recompute(Func<Tensor[], Tensor> part, Tensor[] inputs)
        {
            _isUnderWay = true;
            try
            {
                return part(inputs);
            }
            finally
            {
                _isUnderWay = false;
            }
        }
    }
}
