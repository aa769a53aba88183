using System.Text.Json.Nodes;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.State;

namespace MLNetVision.Models.Training.Engine;

/// <summary>What a recipe adds to <see cref="TrainingRun"/>: its data, its step, its validation.</summary>
internal interface ITrainingRecipe : IDisposable
{
    /// <summary>The network in training.</summary>
    TrainingModel Model { get; }

    /// <summary>The weights of the best milestone, by the recipe's ranking.</summary>
    BestWeights Best { get; }

    /// <summary>The steps of the whole training.</summary>
    long Steps { get; }

    /// <summary>The steps from one milestone to the next; the last step is one too. Null for none.</summary>
    long? MilestoneSteps { get; }

    /// <summary>The steps from one point of the history to the next; each milestone and the last step are points too.</summary>
    long PointSteps { get; }

    /// <summary>The milestones without a better one after which the training stops; null for never.</summary>
    int? Patience { get; }

    /// <summary>The number of training pictures.</summary>
    int PictureCount { get; }

    /// <summary>Whether the steps count the pictures that were told right.</summary>
    bool CountsRight { get; }

    /// <summary>What may be lowered beside the batch when memory does not suffice, as the end of a sentence.</summary>
    string MemoryAdvice { get; }

    /// <summary>The time that steps have waited for pictures.</summary>
    TimeSpan Waited { get; }

    /// <summary>What must be the same for a training to be resumed.</summary>
    JsonObject Fingerprint();

    /// <summary>Says of contents of the fingerprint which pictures are others.</summary>
    /// <param name="name">Their name there.</param>
    /// <param name="stored">What they were.</param>
    string DifferenceOfContents(string name, JsonNode? stored);

    /// <summary>Begins to prepare the pictures of a step and of those after it.</summary>
    void Begin(long step);

    /// <summary>The learning rate of a step, counted from 0.</summary>
    double LearningRateOf(long step);

    /// <summary>What seeds the layers in a step.</summary>
    RandomStream LayersOf(long step);

    /// <summary>The passes over the training pictures in some steps, with their fraction.</summary>
    double EpochsIn(long steps);

    /// <summary>What an error calls the last of some steps.</summary>
    string NameOf(long steps);

    /// <summary>Takes the batches of a step and adds their gradients.</summary>
    /// <param name="position">Where the training stands; told which pictures could not be read.</param>
    /// <returns>The losses; where the host has them, gradients of a loss that is not finite were not computed.</returns>
    StepLosses Backward(TrainingPosition position);

    /// <summary>Measures the weights that would be kept.</summary>
    /// <param name="position">Where the training stands; told which pictures could not be read.</param>
    /// <param name="cancellation">Ends the measuring early.</param>
    /// <returns>What was measured; null if it was cancelled, so that it is repeated on resuming.</returns>
    Measurement? Measure(TrainingPosition position, CancellationToken cancellation);

    /// <summary>Tells where the training stands.</summary>
    /// <param name="common">What is known of any training.</param>
    /// <param name="position">Where it stands.</param>
    /// <param name="reached">The milestone that was reached; null after a step.</param>
    void Report(TrainingProgress common, TrainingPosition position, Milestone? reached);

    /// <summary>Tries the training pictures that no step has asked for; true as soon as one can be read, false when none can.</summary>
    /// <param name="position">Told which cannot.</param>
    bool FindReadable(TrainingPosition position);

    /// <summary>Makes the latest weights ready where they are kept, and not those of a milestone.</summary>
    /// <param name="position">Where the training ended.</param>
    void Complete(TrainingPosition position);

    /// <summary>The training pictures that could not be read.</summary>
    IEnumerable<SkippedImage> SkippedInTraining(TrainingPosition position);

    /// <summary>The validation pictures that could not be read.</summary>
    IEnumerable<SkippedImage> SkippedInValidation(TrainingPosition position);
}
