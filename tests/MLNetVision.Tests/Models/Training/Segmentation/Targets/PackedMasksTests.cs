using CsCheck;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Targets;

[TestClass]
public sealed class PackedMasksTests
{
    private static readonly Gen<(int Masks, int Height, int Width, ulong Seed)> Sizes =
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 9], Gen.Int[1, 21], Gen.ULong);

    [TestMethod]
    public void Pack_AnyMasks_UnpackGivesThemBack() => Sizes.Sample(
        size =>
        {
            using var scope = NewDisposeScope();
            Tensor masks = Random(size);
            using PackedMasks packed = PackedMasks.Pack(masks);
            return packed.Unpack().eq(masks).all().item<bool>() && packed.ByteCount == size.Masks * size.Height * ((size.Width + 7) / 8);
        },
        iter: 50,
        threads: 1);

    [TestMethod]
    public void Sample_AnyPoints_EqualsTheOperatorsAndGridSampleOfThePaddedFloats() => Gen.Select(Sizes, Gen.Int[0, 5], Gen.Int[0, 5]).Sample(
        (size, below, right) =>
        {
            using var scope = NewDisposeScope();
            Tensor masks = Random(size);
            using PackedMasks packed = PackedMasks.Pack(masks);
            var canvas = ((long)size.Height + below, (long)size.Width + right);
            Tensor padded = nn.functional.pad(masks.to(float32), [0, right, 0, below]);
            var source = new SeededPointSource(size.Seed);
            Tensor points = source.Draw(default, 1, 30, CPU) * 1.1 - 0.05; // a few outside
            Tensor want = size.Masks == 0 ? zeros(0, 30) : PointSampling.Sample(padded.unsqueeze(0), points)[0];
            Tensor read = packed.Sample(points, canvas);
            bool shared = want.allclose(read, 1e-5, 1e-5) && read.eq(packed.SampleByOperators(points, canvas, null)).all().item<bool>();
            if (size.Masks == 0)
            {
                return shared;
            }

            Tensor rows = tensor(new long[] { size.Masks - 1, 0 });
            Tensor own = source.Draw(default, 2, 30, CPU);
            Tensor wantOwn = PointSampling.Sample(padded.index_select(0, rows).unsqueeze(1), own).squeeze(1);
            Tensor readOwn = packed.Sample(own, canvas, rows);
            return shared && wantOwn.allclose(readOwn, 1e-5, 1e-5) && readOwn.eq(packed.SampleByOperators(own, canvas, rows)).all().item<bool>();
        },
        iter: 50,
        threads: 1);

    [TestMethod]
    public void Pack_WrongShape_SaysWhatWasExpected()
    {
        using Tensor flat = zeros(3, 4);
        Assert.Contains("(masks, height, width)", Assert.ThrowsExactly<ArgumentException>(() => PackedMasks.Pack(flat)).Message);
    }

    private static Tensor Random((int Masks, int Height, int Width, ulong Seed) size)
    {
        if (size.Masks == 0)
        {
            return zeros([0, size.Height, size.Width], ScalarType.Bool);
        }

        Tensor values = new SeededPointSource(size.Seed).Draw(default, 1, size.Masks * size.Height * size.Width, CPU);
        return values.select(2, 0).view(size.Masks, size.Height, size.Width).less(0.4);
    }
}
