using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.State;

/// <summary>Saves and restores everything that a training consists of.</summary>
/// <param name="folder">Where the state is.</param>
/// <param name="fingerprint">What must be the same for a training to be resumed.</param>
/// <param name="model">The network in training.</param>
/// <param name="best">The weights of the best milestone.</param>
/// <param name="contents">Given a name of contents and what they were, says which pictures are others.</param>
internal sealed class TrainingState(TrainingFolder folder, JsonObject fingerprint, TrainingModel model, BestWeights best, Func<string, JsonNode?, string> contents)
{
    /// <summary>Saves the state.</summary>
    public void Save(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        position.Updates = model.Optimizer.Steps;
        position.AverageUpdates = model.Average?.Updates ?? 0;
        model.Weights.Collect();
        folder.Save(fingerprint, position, Tensors());
    }

    /// <summary>Saves the weights of the milestone that ranks first, if they are kept, before the state that names them.</summary>
    public void SaveBest(int milestone)
    {
        if (!best.KeepsWeights)
        {
            return;
        }

        using var scope = NewDisposeScope();
        folder.SaveBest(milestone, model.Weights.Named(best.Flats));
    }

    /// <summary>Restores the state if there is one.</summary>
    public TrainingPosition? Restore()
    {
        if (!folder.HasState)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        TrainingPosition position = folder.Load(fingerprint, contents, Tensors());
        model.Optimizer.Steps = position.Updates;
        if (model.Average is { } average)
        {
            average.Updates = position.AverageUpdates;
        }

        if (position.Best > 0 && best.KeepsWeights)
        {
            best.Keep(model.Weights.Flats);
            folder.LoadBest(position.Best, model.Weights.Named(best.Flats));
        }

        model.Weights.Publish();
        return position;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors()
    {
        HashSet<string> trained = [.. model.Weights.Groups.SelectMany(group => group.Names)];
        return
        [
            .. Prefixed("model", model.Weights.Named(model.Weights.Flats)),
            .. Prefixed("frozen", model.Kept.named_parameters().Where(item => !trained.Contains(item.name)).Select(item => (item.name, (Tensor)item.parameter))),
            .. Prefixed("counter", model.Kept.named_buffers().Where(item => !is_floating_point(item.buffer)).Select(item => (item.name, item.buffer))),
            .. Prefixed("first_moment", model.Weights.Named(model.Optimizer.FirstMoments)),
            .. Prefixed("second_moment", model.Weights.Named(model.Optimizer.SecondMoments)),
            .. Prefixed("average", model.Weights.Named(model.Average?.Averages ?? [])),
        ];
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        tensors.Select(item => ($"{prefix}/{item.Name}", item.Tensor));
}
