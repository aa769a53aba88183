using System.Text.Json;
using MLNetVision.Models.Levit;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Hugging Face's LeViT in train mode: loss, gradients, BatchNorm statistics, and the weights after optimiser steps.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class LevitTrainingGoldenTests
{
    public static IEnumerable<object[]> Cases => Goldens.Names("levit-training");

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Training_FirstPass_GivesHuggingFaceLossLogitsAndStatistics(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load("levit-training", name);
        using LevitForImageClassification model = CreateModel(golden, float32);
        Tensor logits = model.call(golden.InputTensor("pixel_values")).Logits;
        golden.AssertTensor("logits", logits);
        AssertAll(golden, "buffer.", model.state_dict());

        JsonElement losses = golden.Expected("losses");
        float expected = golden.StoredTensor(losses.GetProperty("tensor").GetString()!)[0].item<float>();
        float loss = model.Loss(logits, Labels(golden)).item<float>();
        Assert.AreEqual(expected, loss, losses.GetProperty("tolerance").GetDouble(), $"{name}: loss");
    }

    /// <summary>
    /// In float64: hardswish's derivative jumps at ±3, so that an activation near it whose last bits differ changes a
    /// gradient visibly, and the optimiser's steps carry that on. In float64 only the reference's own rounding is left.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Training_OptimiserSteps_GiveHuggingFaceLossesGradientsAndWeights(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        GoldenCase golden = Goldens.Load("levit-training", name);
        using LevitForImageClassification model = CreateModel(golden, float64);
        Tensor pixelValues = golden.InputTensor("pixel_values").to(float64);
        Tensor labels = Labels(golden);
        labels = labels.is_integral() ? labels : labels.to(float64);
        using optim.Optimizer optimizer = Optimizer(golden.Json.GetProperty("optimizer"), model);
        var losses = new List<double>();
        long steps = GoldenCase.Longs(golden.Expected("losses").GetProperty("shape"))[0];
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope stepScope = NewDisposeScope();
            optimizer.zero_grad();
            Tensor loss = model.Loss(model.call(pixelValues).Logits, labels);
            loss.backward();
            losses.Add(loss.item<double>());
            if (step == 0)
            {
                AssertAll(golden, "grad.", model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!));
            }

            optimizer.step();
        }

        golden.AssertTensor("losses", torch.tensor(losses.ToArray()));
        AssertAll(golden, "after.", model.state_dict());
    }

    private static LevitForImageClassification CreateModel(GoldenCase golden, ScalarType dtype)
    {
        var model = (LevitForImageClassification)LevitGolden.CreateModel(golden);
        model.train();
        return model.to(dtype);
    }

    private static void AssertAll(GoldenCase golden, string prefix, Dictionary<string, Tensor> tensors)
    {
        string[] names = [.. golden.ExpectedNames.Where(expected => expected.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.AreNotEqual(0, names.Length, $"{golden.Name} expects nothing under '{prefix}'");
        foreach (string expected in names)
        {
            golden.AssertTensor(expected, tensors[expected[prefix.Length..]]);
        }
    }

    private static Tensor Labels(GoldenCase golden)
    {
        JsonElement[] rows = [.. golden.Input("labels").EnumerateArray()];
        if (golden.Input("labels_dtype").GetString() == "int64")
        {
            return torch.tensor(rows.Select(row => row.GetInt64()).ToArray());
        }

        return rows[0].ValueKind == JsonValueKind.Array
            ? torch.tensor(rows.SelectMany(row => row.EnumerateArray()).Select(value => value.GetSingle()).ToArray(), [rows.Length, rows[0].GetArrayLength()])
            : torch.tensor(rows.Select(row => row.GetSingle()).ToArray());
    }

    private static optim.Optimizer Optimizer(JsonElement settings, nn.Module model)
    {
        double Value(string name, double otherwise) => settings.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;
        double[] betas = settings.TryGetProperty("betas", out JsonElement pair) ? [.. pair.EnumerateArray().Select(beta => beta.GetDouble())] : [0.9, 0.999];
        bool nesterov = settings.TryGetProperty("nesterov", out JsonElement given) && given.GetBoolean();
        return settings.GetProperty("name").GetString() switch
        {
            "adamw" => optim.AdamW(model.parameters(), Value("lr", 1e-3), betas[0], betas[1], Value("eps", 1e-8), weight_decay: Value("weight_decay", 1e-2)),
            "sgd" => optim.SGD(model.parameters(), Value("lr", 1e-3), Value("momentum", 0), weight_decay: Value("weight_decay", 0), nesterov: nesterov),
            var other => throw new InvalidDataException($"The golden names the unknown optimiser {other}."),
        };
    }
}
