using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// Post-processing of 100 queries to 480×640 against the same steps as transformers takes them, written in torch: whole
/// maps of all queries, resized one after the other. One thread.
/// </summary>
internal static class PostProcessingBenchmark
{
    private const int Queries = 100, Classes = 133, Height = 480, Width = 640, Objects = 20;

    /// <param name="args">Unused.</param>
    public static void Run(string[] args)
    {
        TorchLibrary.EnsureLoaded();
        set_num_threads(1);
        using var guard = no_grad();
        Compare("round objects, masks 96×96", RoundObjects(96, 96));
        Compare("round objects, masks 200×272", RoundObjects(200, 272));
        Compare("noise, masks 96×96", Noise(96, 96));
    }

    private static void Compare(string scene, (Tensor Classes, Tensor Masks) logits)
    {
        (Tensor classes, Tensor masks) = logits;
        TargetSize[] target = [TargetSize.Of(Height, Width)];
        var everything = new InstanceOptions { Threshold = 0 };
        double seconds = InterleavedTimer.Measure([GemmPeak.Product(ScoringPrecision.Single)], rounds: 5, threads: 1)[0];
        Console.WriteLine($"{scene}: {Mask2FormerPostProcessor.Panoptic(classes, masks, target)[0].Segments.Count} panoptic segments; GEMM {GemmPeak.Operations / seconds / 1e9:f1} GFLOP/s");
        InterleavedTimer.Compare(
            "semantic", 6, threads: 1,
            ("tile by tile", () => Mask2FormerPostProcessor.Semantic(classes, masks, target)),
            ("step by step in torch", () => Scoped(() => Semantic(classes, masks))));
        InterleavedTimer.Compare(
            "instance", 4, threads: 1,
            ("threshold 0.5", () => Mask2FormerPostProcessor.Instance(classes, masks, target)),
            ("no threshold, 100 masks", () => Mask2FormerPostProcessor.Instance(classes, masks, target, everything)),
            ("step by step in torch", () => Scoped(() => Instance(classes, masks))));
        InterleavedTimer.Compare(
            "panoptic", 4, threads: 1,
            ("row by row", () => Mask2FormerPostProcessor.Panoptic(classes, masks, target)),
            ("step by step in torch", () => Scoped(() => Panoptic(classes, masks))));
    }

    /// <summary>Twenty sure queries with round objects, eighty that say "no object" with noise.</summary>
    private static (Tensor Classes, Tensor Masks) RoundObjects(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor classes = randn([1, Queries, Classes + 1], generator: generator);
        Tensor masks = randn([1, Queries, rows, columns], generator: generator) - 6;
        Tensor y = arange(rows).view(rows, 1) * (96f / rows), x = arange(columns).view(1, columns) * (96f / columns);
        for (int query = 0; query < Queries; query++)
        {
            bool isObject = query < Objects;
            classes[0, query, isObject ? query * 5 : Classes] += 9;
            int centreX = 8 + query % 5 * 20, centreY = 10 + query / 5 % 4 * 24;
            Tensor distance = ((x - centreX).square() + (y - centreY).square()).sqrt();
            if (isObject)
            {
                masks[0, query] = (10 - distance) * 0.8f;
            }
        }

        return (classes.MoveToOuterDisposeScope(), masks.MoveToOuterDisposeScope());
    }

    /// <summary>The worst case for semantic maps: every query may be every class at every pixel, so that nothing can be left out.</summary>
    private static (Tensor Classes, Tensor Masks) Noise(int rows, int columns)
    {
        using var generator = new Generator(2);
        return (randn([1, Queries, Classes + 1], generator: generator), randn([1, Queries, rows, columns], generator: generator));
    }

    private static void Scoped(Action work)
    {
        using var scope = NewDisposeScope();
        work();
    }

    private static Tensor Enlarged(Tensor masks) =>
        nn.functional.interpolate(masks, [384, 384], mode: InterpolationMode.Bilinear, align_corners: false);

    private static void Semantic(Tensor classes, Tensor masks)
    {
        Tensor probabilities = classes.softmax(-1).narrow(2, 0, Classes);
        Tensor scores = einsum("bqc,bqhw->bchw", probabilities, Enlarged(masks).sigmoid());
        nn.functional.interpolate(scores, [Height, Width], mode: InterpolationMode.Bilinear, align_corners: false)[0].argmax(0);
    }

    private static void Instance(Tensor classes, Tensor masks)
    {
        Tensor logits = Enlarged(masks)[0];
        (Tensor scores, Tensor at) = classes[0].softmax(-1).narrow(1, 0, Classes).flatten().topk(Queries, sorted: false);
        Tensor chosen = logits.index_select(0, at.div(Classes, RoundingMode.floor).to(int64));
        Tensor inside = (chosen > 0).to(float32);
        Tensor sureness = (chosen.sigmoid().flatten(1) * inside.flatten(1)).sum(1) / (inside.flatten(1).sum(1) + 1e-6f);
        Tensor all = scores * sureness;
        Tensor resized = nn.functional.interpolate(inside.unsqueeze(0), [Height, Width], mode: InterpolationMode.Nearest)[0];
        Tensor map = zeros([Height, Width]) - 1;
        for (int i = 0, id = 0; i < Queries; i++)
        {
            if (!resized[i].eq(0).all().item<bool>() && all[i].item<float>() >= 0.5f)
            {
                map[resized[i].eq(1)] = id++;
            }
        }
    }

    private static void Panoptic(Tensor classes, Tensor masks)
    {
        Tensor probabilities = Enlarged(masks)[0].sigmoid();
        (Tensor scores, Tensor labels) = classes[0].softmax(-1).max(-1);
        Tensor keep = labels.ne(Classes).logical_and(scores > 0.5f);
        if (!keep.any().item<bool>())
        {
            return;
        }

        Tensor kept = nn.functional.interpolate(probabilities[keep].unsqueeze(0), [Height, Width], mode: InterpolationMode.Bilinear, align_corners: false)[0];
        Tensor weighted = kept * scores[keep].view(-1, 1, 1);
        Tensor owners = weighted.argmax(0);
        Tensor map = zeros([Height, Width], int32);
        for (int i = 0, id = 0; i < weighted.shape[0]; i++)
        {
            Tensor won = owners.eq(i);
            long area = won.sum().item<long>(), own = (weighted[i] >= 0.5f).sum().item<long>();
            if (area > 0 && own > 0 && (double)area / own > 0.8)
            {
                map[won] = ++id;
            }
        }
    }
}
