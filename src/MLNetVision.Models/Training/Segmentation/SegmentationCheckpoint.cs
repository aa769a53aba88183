using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Saves and restores everything that a segmentation training consists of.</summary>
internal sealed class SegmentationCheckpoint(TrainingFolder folder, JsonObject fingerprint, SegmentationModel model, BestWeights best)
{
    /// <summary>What must be the same for a training to be resumed.</summary>
    public static JsonObject Fingerprint(
        SegmentationModel model, ImageProcessorConfig processor, ISegmentationData data, SegmentationTrainingOptions options)
    {
        // What changes the speed but not the result may differ.
        SegmentationTrainingOptions deciding = options with { DataThreads = null, PrefetchBatches = 1, CheckpointFolder = null, CheckpointSteps = 1, GradientCheckpointing = false };
        var fingerprint = (JsonObject)JsonSerializer.SerializeToNode(deciding, TrainingFingerprint.Json)!;
        fingerprint["Model"] = model.Module.Config.ToJson();
        fingerprint["Processor"] = processor.ToJson();
        fingerprint["TrainingPictures"] =
            $"{data.Count} pictures, classes {TrainingFingerprint.Hash(Enumerable.Range(0, data.Count).SelectMany(i => data.ClassesOf(i).Order().Append(-1)))}";
        return fingerprint;
    }

    /// <summary>Saves the state.</summary>
    public void Save(SegmentationPosition position)
    {
        using var scope = NewDisposeScope();
        position.Updates = model.Optimizer.Steps;
        position.AverageUpdates = model.Average?.Updates ?? 0;
        folder.Save(fingerprint, position, position.Best, State());
    }

    /// <summary>Saves the best weights, before the state that names them.</summary>
    public void SaveBest(int evaluation)
    {
        using var scope = NewDisposeScope();
        folder.SaveBest(evaluation, model.Weights.Named(best.Flats));
    }

    /// <summary>Restores the state if there is one.</summary>
    public SegmentationPosition? Restore()
    {
        if (!folder.HasState)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        SegmentationPosition position = folder.Load<SegmentationPosition>(fingerprint, State());
        model.Optimizer.Steps = position.Updates;
        if (model.Average is { } average)
        {
            average.Updates = position.AverageUpdates;
        }

        if (position.Best > 0)
        {
            best.Keep(model.Weights.Flats);
            folder.LoadBest(position.Best, model.Weights.Named(best.Flats));
        }

        return position;
    }

    private IEnumerable<(string Name, Tensor Tensor)> State()
    {
        HashSet<string> trained = [.. model.Weights.Groups.SelectMany(group => group.Names)];
        return
        [
            .. Prefixed("model", model.Weights.Named(model.Weights.Flats)),
            .. Prefixed("frozen", model.Module.named_parameters().Where(item => !trained.Contains(item.name)).Select(item => (item.name, (Tensor)item.parameter))),
            .. Prefixed("first_moment", model.Weights.Named(model.Optimizer.FirstMoments)),
            .. Prefixed("second_moment", model.Weights.Named(model.Optimizer.SecondMoments)),
            .. Prefixed("average", model.Weights.Named(model.Average?.Averages ?? [])),
        ];
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        tensors.Select(item => ($"{prefix}/{item.Name}", item.Tensor));
}
