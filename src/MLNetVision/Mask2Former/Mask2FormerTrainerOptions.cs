using MLNetVision.Internals;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Segmentation;
using Microsoft.ML;

namespace MLNetVision.Mask2Former;

public sealed partial class Mask2FormerTrainer
{
    /// <summary>All settings of a <see cref="Mask2FormerTrainer"/>. A trainer never changes them.</summary>
    public sealed class Options
    {
        /// <summary>
        /// The column of pictures: <see cref="Microsoft.ML.Data.MLImage"/> of any declared size, the bytes of picture files, or
        /// their paths; by default "Image".
        /// </summary>
        public string ImageColumnName { get; init; } = SegmentationColumns.Image;

        /// <summary>The vector of UInt32 keys: the class of each segment; by default "Label". There are as many classes as keys. A segment with a missing key is left out.</summary>
        public string LabelColumnName { get; init; } = SegmentationColumns.Label;

        /// <summary>The vector of texts: the mask of each segment as COCO's compressed run lengths; by default "Masks".</summary>
        public string MasksColumnName { get; init; } = SegmentationColumns.Masks;

        /// <summary>The vector of 2 Int32: height and width of the masks, which are those of the picture; by default "ImageSize".</summary>
        public string ImageSizeColumnName { get; init; } = SegmentationColumns.ImageSize;

        /// <summary>The vector of Boolean that tells crowd regions, which are not learned and whose pixels do not count; by default "IsCrowd". The column may be absent: none is.</summary>
        public string IsCrowdColumnName { get; init; } = SegmentationColumns.IsCrowd;

        /// <summary>
        /// What to start from: a checkpoint folder, a model id in Hugging Face's form, or a file that <c>mlContext.Model.Save</c>
        /// wrote of a pipeline with a Mask2Former. The class head starts anew unless the number of classes is the same. By default
        /// null: see <see cref="FromScratch"/>. Not together with <see cref="Config"/>.
        /// </summary>
        public string? Checkpoint { get; init; }

        /// <summary>
        /// A trained <see cref="Mask2FormerTransformer"/> to start from, or a chain that has one; it is not changed. By default
        /// null. Not together with <see cref="Checkpoint"/> or <see cref="Config"/>.
        /// </summary>
        public ITransformer? StartModel { get; init; }

        /// <summary>
        /// Whether new weights are wanted, of a small network. By default false: where no start is named, by <see cref="Checkpoint"/>,
        /// <see cref="StartModel"/> or <see cref="Config"/>, the training starts from facebook/mask2former-swin-tiny-coco-panoptic
        /// (or -instance, by the task) if that is in the cache or the hub answers, otherwise from the small model of the package
        /// MLNetVision.Starter, and without that from new weights; the last two with a warning.
        /// </summary>
        public bool FromScratch { get; init; }

        /// <summary>
        /// The settings of a network with new weights; its labels are replaced by those of the data. By default null: a small
        /// network. Not together with <see cref="Checkpoint"/> or <see cref="StartModel"/>.
        /// </summary>
        public Mask2FormerConfig? Config { get; init; }

        /// <summary>
        /// The queries, each of which can find one segment; at least 1. By default null: those of the checkpoint or config. Of
        /// a checkpoint with another number the first are kept, and further ones are new.
        /// </summary>
        public int? NumQueries { get; init; }

        /// <summary>
        /// How pictures are normalised, and how they are sized for scoring and validation (in training the augmentation's crop
        /// decides); null, the default, for the checkpoint's own settings, or with new weights for a shorter side as long as
        /// the crop's; where start and training are chosen automatically, for a shorter side a little longer than that.
        /// </summary>
        public Mask2FormerImageProcessorConfig? Preprocessing { get; init; }

        /// <summary>
        /// How to train: steps, batch, learning rate, augmentation, averaging, evaluations, resuming and more. By default null: all
        /// of it follows the data, see <see cref="Resolve"/>.
        /// </summary>
        public SegmentationTrainingOptions? Training { get; init; }

        /// <summary>
        /// Changes what follows from the data, such as <c>recipe => recipe with { TrainTime = 600 }</c>; by default null. It may be
        /// called several times. Not together with <see cref="Training"/>.
        /// </summary>
        public Func<SegmentationTrainingOptions, SegmentationTrainingOptions>? AdjustTraining { get; init; }

        /// <summary>
        /// How the trained transformer makes segments, and by its task what validation measures: PQ, mask AP or mIoU; the best
        /// model by it is kept. By default a panoptic scene. Thing classes that are not set are those of the label column's
        /// annotation "IsThing". For the semantic task the segments of a class are learned as one.
        /// </summary>
        public SegmentationScoringOptions Scoring { get; init; } = new();

        /// <summary>The seed of the training; null, the default, for that of the <see cref="MLContext"/>, or without one that of the training.</summary>
        public int? Seed { get; init; }

        /// <summary>Data for validation, with the same columns; by default null. Their labels may be keys or text; classes are matched by name, in whatever order, and segments of others count as missed. <c>Fit(train, validation)</c> has precedence.</summary>
        public IDataView? ValidationSet { get; init; }

        /// <summary>The pictures that the trained transformer decodes ahead together over a data view, at least 1; by default 4.</summary>
        public int ScoringBatchSize { get; init; } = Mask2FormerTransformer.DefaultBatchSize;

        /// <summary>How model ids are downloaded; by default as the environment variables say (HF_HOME, HF_TOKEN, …). What it does not say of log and warnings goes to the context's log.</summary>
        public HubOptions Hub { get; init; } = new();

        /// <summary>Told after each step, on the thread that calls <c>Fit</c>; by default null. The log is told in any case.</summary>
        public Action<SegmentationTrainingProgress>? ProgressCallback { get; init; }

        /// <summary>
        /// Ends the training; <c>Fit</c> then returns the best model so far (the last one without an evaluation), or throws an
        /// <see cref="OperationCanceledException"/> if no step was taken. Ends a download too. By default none.
        /// </summary>
        public CancellationToken CancellationToken { get; init; }

        /// <summary>Where the folder of the starter lies.</summary>
        internal string StarterFolder { get; init; } = AppContext.BaseDirectory;

        /// <summary>What a training on these data does: its start, network and settings. Nothing is trained, but a published checkpoint may be downloaded.</summary>
        /// <param name="data">The training data.</param>
        /// <exception cref="ArgumentException">Options exclude each other, or a column is missing or has a wrong type.</exception>
        /// <exception cref="InvalidOperationException">No row can be used.</exception>
        public Mask2FormerTrainingPlan Resolve(IDataView data)
        {
            ArgumentNullException.ThrowIfNull(data);
            return new Mask2FormerTrainer(new MLContext(), this).Resolve(data);
        }

        /// <summary>Where the truth is, in the words of evaluations.</summary>
        internal SegmentationEvaluationOptions Truth => new()
        {
            LabelColumnName = LabelColumnName,
            MasksColumnName = MasksColumnName,
            ImageSizeColumnName = ImageSizeColumnName,
            IsCrowdColumnName = IsCrowdColumnName,
        };

        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrEmpty(ImageColumnName);
            ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
            ArgumentException.ThrowIfNullOrEmpty(MasksColumnName);
            ArgumentException.ThrowIfNullOrEmpty(ImageSizeColumnName);
            ArgumentException.ThrowIfNullOrEmpty(IsCrowdColumnName);
            Training?.Validate();
            AdjustTraining?.Invoke(new SegmentationTrainingOptions()).Validate(); // what is out of range for any data
            ArgumentNullException.ThrowIfNull(Hub);
            ArgumentNullException.ThrowIfNull(Scoring);
            ArgumentOutOfRangeException.ThrowIfLessThan(ScoringBatchSize, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(NumQueries ?? 1, 1, nameof(NumQueries));
            object? scratch = FromScratch ? true : null;
            ExclusiveOptions.Check((nameof(Checkpoint), Checkpoint), (nameof(StartModel), StartModel), (nameof(Config), Config));
            ExclusiveOptions.Check((nameof(Checkpoint), Checkpoint), (nameof(StartModel), StartModel), (nameof(FromScratch), scratch));
            ExclusiveOptions.Check((nameof(Training), Training), (nameof(AdjustTraining), AdjustTraining));
        }
    }
}
