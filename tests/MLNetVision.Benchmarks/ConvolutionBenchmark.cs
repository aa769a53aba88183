using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// The models' convolutions in training, forward and backward, against libtorch's with channels first and last. Arguments: threads
/// (1), repeats (5). libtorch's values are compared first: on some processors they are wrong.
/// </summary>
internal static class ConvolutionBenchmark
{
    private static readonly (string Name, long[] Input, long[] Weight, int Stride, int Padding)[] Cases =
    [
        ("levit-128S, 1st", [32, 3, 224, 224], [16, 3, 3, 3], 2, 1),
        ("levit-128S, 2nd", [32, 16, 112, 112], [32, 16, 3, 3], 2, 1),
        ("levit-128S, 3rd", [32, 32, 56, 56], [64, 32, 3, 3], 2, 1),
        ("levit-128S, 4th", [32, 64, 28, 28], [128, 64, 3, 3], 2, 1),
        ("levit-192, 2nd", [32, 24, 112, 112], [48, 24, 3, 3], 2, 1),
        ("patch embedding", [1, 3, 384, 384], [96, 3, 4, 4], 4, 0),
        ("projection", [1, 768, 12, 12], [256, 768, 1, 1], 1, 0),
        ("lateral", [1, 96, 96, 96], [256, 96, 1, 1], 1, 0),
        ("FPN output", [1, 256, 96, 96], [256, 256, 3, 3], 1, 1),
    ];

    public static void Run(string[] args)
    {
        int threads = BenchmarkOptions.Positional(args, 0, 1), repeats = BenchmarkOptions.Positional(args, 1, 5);
        TorchLibrary.EnsureLoaded();
        set_num_threads(threads);
        var clock = new StepClock(threads);
        foreach ((string name, long[] input, long[] kernel, int stride, int padding) in Cases)
        {
            using var scope = NewDisposeScope();
            using Generator generator = new(1);
            bool differentiatesInput = input[1] > 3; // pixels need no gradient
            Tensor x = randn(input, generator: generator), weight = randn(kernel, generator: generator);
            Tensor last = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
            (string Name, Tensor X, Func<Tensor, Tensor, Tensor> Apply)[] forms =
                [("own", x, Own), ("torch", x, Torch), ("own, channels last", last, Own), ("torch, channels last", last, Torch)];
            Tensor own = forms[0].Apply(x, weight), theirs = forms[1].Apply(x, weight);
            double difference = (own - theirs).abs().max().item<float>() / theirs.abs().max().item<float>();
            var best = new (double Forward, double Backward)[forms.Length];
            Array.Fill(best, (double.MaxValue, double.MaxValue));
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                for (int form = 0; form < forms.Length; form++)
                {
                    using var round = NewDisposeScope();
                    Tensor a = forms[form].X.detach().requires_grad_(differentiatesInput), b = weight.detach().requires_grad_();
                    TimeSpan start = clock.Now;
                    Tensor output = forms[form].Apply(a, b);
                    double forward = clock.Since(start).TotalMilliseconds;
                    Tensor outer = ones_like(output);
                    start = clock.Now;
                    output.backward([outer]);
                    best[form] = (Math.Min(best[form].Forward, forward), Math.Min(best[form].Backward, clock.Since(start).TotalMilliseconds));
                }
            }

            Console.WriteLine($"{name}: {string.Join("; ", forms.Select((form, i) => $"{form.Name} {best[i].Forward:f2} + {best[i].Backward:f2} ms"))}; difference {difference:e1}");

            Tensor Own(Tensor a, Tensor b) => Convolution2d.Apply(a, b, null, stride, padding);
            Tensor Torch(Tensor a, Tensor b) => nn.functional.conv2d(a, b, strides: [stride, stride], padding: [padding, padding]);
        }
    }
}
