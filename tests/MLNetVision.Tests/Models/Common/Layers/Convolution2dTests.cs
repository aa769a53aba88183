using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

/// <summary>The project's own convolutions against libtorch's in float64, which do not go to oneDNN.</summary>
[TestClass]
public sealed class Convolution2dTests
{
    private const int Combinations = 360;

    // Of the sum of the products' magnitudes: sums in float32 stay far below, a wrong or missing product does not.
    private const double Tolerance = 1e-6;

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    public void Convolution_AnyShape_EqualsFloat64WithBothGradients()
    {
        var random = new Random(20);
        for (int i = 0; i < Combinations; i++)
        {
            using var scope = NewDisposeScope();
            Shape shape = Shape.Draw(random, i);
            using Generator generator = new((ulong)i);
            Tensor x = randn([shape.Batch, shape.Inputs, shape.Height, shape.Width], generator: generator);
            Tensor weight = randn([shape.Outputs, shape.Inputs, shape.Kernel, shape.Kernel], generator: generator);
            Tensor? bias = i % 3 == 0 ? null : randn(shape.Outputs, generator: generator);
            Tensor[] own = Run(x, weight, bias, (a, b, c) => Convolution2d.Apply(a, b, c, shape.Stride, shape.Padding));
            Tensor[] exact = Run(x.to(float64), weight.to(float64), bias?.to(float64), (a, b, c) => Reference(a, b, c, shape));
            Tensor[] scale = Run(x.to(float64).abs(), weight.to(float64).abs(), bias?.to(float64).abs(), (a, b, c) => Reference(a, b, c, shape), magnitudes: true);
            for (int j = 0; j < own.Length; j++)
            {
                CollectionAssert.AreEqual(exact[j].shape, own[j].shape);
                double error = ((own[j].to(float64) - exact[j]).abs() / (scale[j] + 1e-30)).max().item<double>();
                Assert.IsLessThan(Tolerance, error, $"{shape}: {(j == 0 ? "output" : $"gradient {j - 1}")} differs");
            }
        }
    }

    [TestMethod]
    public void Convolution_Float64AndBFloat16_ComputeTheSame()
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(3);
        Tensor x = randn([2, 5, 9, 8], generator: generator), weight = randn([7, 5, 3, 3], generator: generator), bias = randn(7, generator: generator);
        Tensor single = Convolution2d.Apply(x, weight, bias, 2, 1);
        Tensor twice = Convolution2d.Apply(x.to(float64), weight.to(float64), bias.to(float64), 2, 1);
        Tensor half = Convolution2d.Apply(x.to(bfloat16), weight.to(bfloat16), bias.to(bfloat16), 2, 1);
        Assert.AreEqual(ScalarType.Float64, twice.dtype);
        Assert.AreEqual(ScalarType.BFloat16, half.dtype);
        Assert.IsLessThan(1e-5, (single.to(float64) - twice).abs().max().item<double>());
        Assert.IsLessThan(0.05, ((half.to(float64) - twice).abs().max() / twice.abs().max()).item<double>());
    }

    [TestMethod]
    public void Convolution_TransposedAndSlicedMemory_IsReadInOrder()
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(4);
        Tensor x = randn([2, 6, 7, 10], generator: generator).permute(0, 1, 3, 2).slice(3, 1, 7, 2), weight = randn([3, 3, 4, 6], generator: generator).permute(2, 3, 0, 1);
        Tensor own = Convolution2d.Apply(x, weight, null, 1, 1);
        Tensor exact = nn.functional.conv2d(x.to(float64), weight.to(float64), padding: [1, 1]);
        Assert.IsLessThan(1e-4, (own.to(float64) - exact).abs().max().item<double>());
    }

    [TestMethod]
    public void Convolution_WrongChannels_NamesBothShapes()
    {
        using var scope = NewDisposeScope();
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Convolution2d.Apply(ones(1, 4, 8, 8), ones(2, 3, 3, 3), null, 1, 0));
        StringAssert.Contains(error.Message, "(batch, 3, height, width)");
        StringAssert.Contains(error.Message, "(1, 4, 8, 8)");
    }

    [TestMethod]
    [DataRow(6, 2, 3, 8, 4)]
    [DataRow(1, 1, 1, 9, 3)]
    [DataRow(3, 2, 2, 7, 5)]
    [DataRow(1, 4, 1, 5, 2)]
    public void Convolution_StrideBeyondPaddingBeyondKernel_EqualsFloat64WithBothGradients(int height, int width, int kernel, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(6);
        var shape = new Shape(3, 18, 4, height, width, kernel, stride, padding);
        Tensor x = randn([3, 18, height, width], generator: generator), weight = randn([4, 18, kernel, kernel], generator: generator);
        Tensor[] own = Run(x, weight, null, (a, b, c) => Convolution2d.Apply(a, b, c, stride, padding));
        Tensor[] exact = Run(x.to(float64), weight.to(float64), null, (a, b, c) => Reference(a, b, c, shape));
        for (int i = 0; i < own.Length; i++)
        {
            Assert.IsTrue(own[i].to(float64).allclose(exact[i], rtol: 1e-5, atol: 1e-4), $"result {i}");
        }
    }

    [TestMethod]
    [DataRow(2, 0)]
    [DataRow(2, 1)]
    public void Convolution_NoImages_GivesNone(int stride, int padding)
    {
        using var scope = NewDisposeScope();
        Tensor weight = ones(4, 3, 2, 2).requires_grad_();
        Tensor output = Convolution2d.Apply(zeros(0, 3, 8, 8), weight, null, stride, padding);
        CollectionAssert.AreEqual(new long[] { 0, 4, 4 + padding, 4 + padding }, output.shape);
        output.sum().backward();
        Assert.AreEqual(0, weight.grad!.abs().sum().item<float>());
    }

    [TestMethod]
    public void Convolution_OtherTypeThanTheInput_IsRefusedByName()
    {
        using var scope = NewDisposeScope();
        Tensor single = ones(1, 3, 8, 8), weight = ones(4, 3, 3, 3), bias = ones(4);
        foreach ((Tensor x, Tensor own, Tensor? start, string name, string types) in new[]
        {
            (single, weight.to(float64), null, "weights", "Float32, got Float64"),
            (single, weight.to(bfloat16), null, "weights", "Float32, got BFloat16"), // half as much memory as would be read
            (single.to(bfloat16), weight, null, "weights", "BFloat16, got Float32"),
            (single, weight, bias.to(float16), "biases", "Float32, got Float16"),
        })
        {
            ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Convolution2d.Apply(x, own, start, 1, 1));
            StringAssert.Contains(error.Message, $"Expected {name} of the maps' type, {types}.");
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Convolution_OneAndTwoThreads_GiveTheSameBits()
    {
        using var scope = NewDisposeScope();
        using Generator generator = new(5);
        Tensor x = randn([3, 24, 40, 36], generator: generator), weight = randn([48, 24, 3, 3], generator: generator);
        Tensor[][] results = [.. new[] { 1, 2 }.Select(threads => TorchThreads.Run(threads, () => Run(x, weight, null, (a, b, c) => Convolution2d.Apply(a, b, c, 2, 1))))];
        for (int i = 0; i < results[0].Length; i++)
        {
            Assert.IsTrue(results[0][i].allclose(results[1][i], rtol: 0, atol: 0), $"result {i}");
        }
    }

    // The output and the gradients of everything that was given, for one and the same gradient of the output.
    private static Tensor[] Run(Tensor x, Tensor weight, Tensor? bias, Func<Tensor, Tensor, Tensor?, Tensor> convolution, bool magnitudes = false)
    {
        Tensor[] leaves = [.. new[] { x, weight, bias }.OfType<Tensor>().Select(tensor => tensor.detach().clone().requires_grad_())];
        Tensor output = convolution(leaves[0], leaves[1], leaves.ElementAtOrDefault(2));
        using Generator generator = new(7);
        Tensor outer = randn(output.shape, generator: generator);
        output.backward([(magnitudes ? outer.abs() : outer).to(output.dtype)]);
        return [output.detach(), .. leaves.Select(leaf => leaf.grad!)];
    }

    private static Tensor Reference(Tensor x, Tensor weight, Tensor? bias, Shape shape) =>
        nn.functional.conv2d(x, weight, bias, strides: [shape.Stride, shape.Stride], padding: [shape.Padding, shape.Padding]);

    private sealed record Shape(int Batch, int Inputs, int Outputs, int Height, int Width, int Kernel, int Stride, int Padding)
    {
        private static readonly int[] Kernels = [1, 2, 3, 3, 4, 5, 7];

        // Every third has many channels on a small map, the others few on larger maps.
        public static Shape Draw(Random random, int index)
        {
            int kernel = Kernels[index % Kernels.Length], stride = random.Next(1, 5), padding = random.Next(0, (kernel / 2) + 2);
            bool wide = index % 3 == 0;
            int channels = wide ? 301 : 50, side = wide ? 9 : 33;
            int Side() => Math.Max(kernel, random.Next(1, side));
            return new Shape(random.Next(1, 4), random.Next(1, channels), random.Next(1, channels), Side(), Side(), kernel, stride, padding);
        }
    }
}
