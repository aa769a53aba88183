using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Swin;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Kernels;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

[TestClass]
public sealed class SwinGoldenTests
{
    public static IEnumerable<object[]> Cases => Goldens.Names("swin");

    public static IEnumerable<object[]> KeyCases => Goldens.Names("keys", golden => golden.Text("class") == "SwinBackbone");

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory(TestDevice.Category)]
    [DynamicData(nameof(Cases))]
    public void FeatureMaps_GoldenCase_Equal(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GoldenCase golden = Goldens.Load("swin", name);
        using var backbone = new SwinBackbone(PretrainedConfig.FromJson<SwinConfig>(golden.ConfigJson));
        ProceduralTensor.FillWeights(backbone, golden.WeightSalt);
        backbone.train(golden.Text("mode") == "train");

        Device device = TestDevice.Get();
        backbone.to(device);

        IReadOnlyList<Tensor> maps = backbone.call(golden.InputTensor("pixel_values").to(device));

        Assert.AreEqual(golden.ExpectedNames.Count(), maps.Count);
        for (int i = 0; i < maps.Count; i++)
        {
            golden.AssertTensor($"feature_maps.{backbone.OutFeatures[i]}", maps[i]);
        }
    }

    [TestMethod]
    [TestCategory("Levels")]
    [TestCategory("Heavy")]
    [DynamicData(nameof(Cases))]
    public unsafe void InferenceForm_GoldenCase_EqualsImageByImage(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        GoldenCase golden = Goldens.Load("swin", name);
        using var backbone = new SwinBackbone(PretrainedConfig.FromJson<SwinConfig>(golden.ConfigJson));
        ProceduralTensor.FillWeights(backbone, golden.WeightSalt);
        using var inference = new SwinInference(backbone.Config, new WeightScope(new TensorWeights(backbone.state_dict())), ScoringPrecision.Single);
        using var pool = new BufferPool();
        Tensor pixels = golden.InputTensor("pixel_values");
        var images = new List<Tensor>[backbone.OutFeatures.Count];
        for (int image = 0; image < pixels.shape[0]; image++)
        {
            Tensor one = pixels[image].contiguous();
            using var loans = new BufferLoans(pool);
            List<SwinFeature> features = inference.Run(TensorMemory.Address<float>(one), new MapSize((int)one.shape[1], (int)one.shape[2]), loans);
            for (int i = 0; i < features.Count; i++)
            {
                (images[i] ??= []).Add(tensor(new Span<float>(features[i].Buffer.Pointer, features[i].Size.Area * features[i].Channels).ToArray(), [features[i].Size.Height, features[i].Size.Width, features[i].Channels]).permute(2, 0, 1));
                features[i].Buffer.Dispose();
            }
        }

        for (int i = 0; i < images.Length; i++)
        {
            golden.AssertTensor($"feature_maps.{backbone.OutFeatures[i]}", stack(images[i]));
        }
    }

    [TestMethod]
    [DynamicData(nameof(KeyCases))]
    public void StateDict_GoldenCase_HasItsKeysInOrder(string name)
    {
        GoldenCase golden = Goldens.Load("keys", name);
        using var backbone = new SwinBackbone(PretrainedConfig.FromJson<SwinConfig>(golden.ConfigJson));
        StateDicts.AssertEqual(golden, backbone);
    }
}

/// <summary>Compares a module's state with a case of the area "keys".</summary>
internal static class StateDicts
{
    public static void AssertEqual(GoldenCase golden, nn.Module module)
    {
        string[] expected = [.. golden.Json.GetProperty("state_dict").EnumerateObject().Select(entry =>
            $"{entry.Name} {entry.Value[0].GetString()} [{string.Join(",", entry.Value[1].EnumerateArray())}]")];
        string[] actual = [.. module.state_dict().Select(entry =>
            $"{entry.Key} {entry.Value.dtype.ToString().ToLowerInvariant()} [{string.Join(",", entry.Value.shape)}]")];
        CollectionAssert.AreEqual(expected, actual, string.Join("\n", expected.Except(actual).Take(3).Concat(actual.Except(expected).Take(3))));
        Assert.AreEqual(golden.Json.GetProperty("parameters").GetInt64(), module.parameters().Sum(parameter => parameter.numel()));
    }
}
