using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Saves and restores everything that a classification training consists of.</summary>
internal sealed class TrainingCheckpoint(
    TrainingFolder folder, JsonObject fingerprint, LevitStudent student, TrainedWeights weights, AdamW optimizer, WeightAverage? average, BestWeights best)
{
    /// <summary>What must be the same for a training to be resumed.</summary>
    public static JsonObject Fingerprint(
        LevitStudent student, LevitTrainingOptions options, string processor, IImageClassificationData training, IImageClassificationData? validation)
    {
        // What changes the speed but not the result may differ; a teacher can be known only as present or absent.
        LevitTrainingOptions deciding = options with { DataThreads = null, PrefetchBatches = 1, CheckpointFolder = null, CheckpointSteps = null };
        var fingerprint = (JsonObject)JsonSerializer.SerializeToNode(deciding, TrainingFingerprint.Json)!;
        fingerprint["Teacher"] = options.Teacher is not null;
        fingerprint["Model"] = student.Config.ToJson();
        fingerprint["Processor"] = processor;
        fingerprint["TrainingPictures"] = Describe(training);
        fingerprint["ValidationPictures"] = validation is null ? null : Describe(validation);
        return fingerprint;
    }

    /// <summary>Saves the state.</summary>
    public void Save(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        position.Updates = optimizer.Steps;
        position.AverageUpdates = average?.Updates ?? 0;
        weights.Collect();
        folder.Save(fingerprint, position, position.BestEpoch, State());
    }

    /// <summary>Saves the best weights, before the state that names them.</summary>
    public void SaveBest(int epoch)
    {
        using var scope = NewDisposeScope();
        folder.SaveBest(epoch, weights.Named(best.Flats));
    }

    /// <summary>Restores the state if there is one.</summary>
    public TrainingPosition? Restore()
    {
        if (!folder.HasState)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        TrainingPosition position = folder.Load<TrainingPosition>(fingerprint, State());
        optimizer.Steps = position.Updates;
        if (average is not null)
        {
            average.Updates = position.AverageUpdates;
        }

        if (position.BestEpoch > 0 && best.KeepsWeights)
        {
            best.Keep(weights.Flats);
            folder.LoadBest(position.BestEpoch, weights.Named(best.Flats));
        }

        weights.Publish();
        return position;
    }

    private IEnumerable<(string Name, Tensor Tensor)> State()
    {
        HashSet<string> trained = [.. weights.Groups.SelectMany(group => group.Names)];
        return
        [
            .. Prefixed("model", weights.Named(weights.Flats)),
            .. Prefixed("frozen", student.Module.named_parameters().Where(item => !trained.Contains(item.name)).Select(item => (item.name, (Tensor)item.parameter))),
            .. Prefixed("counter", student.Module.named_buffers().Where(item => !is_floating_point(item.buffer)).Select(item => (item.name, item.buffer))),
            .. Prefixed("first_moment", weights.Named(optimizer.FirstMoments)),
            .. Prefixed("second_moment", weights.Named(optimizer.SecondMoments)),
            .. Prefixed("average", weights.Named(average?.Averages ?? [])),
        ];
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        tensors.Select(item => ($"{prefix}/{item.Name}", item.Tensor));

    private static JsonNode Describe(IImageClassificationData data) =>
        $"{data.Count} pictures, classes {TrainingFingerprint.Hash(Enumerable.Range(0, data.Count).Select(data.ClassOf))}";
}
