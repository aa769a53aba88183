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
        /// A checkpoint folder or model id in Hugging Face's form to start from. The class head starts anew unless the number
        /// of classes is the same. By default null: new weights. Not together with <see cref="Config"/>.
        /// </summary>
        public string? Checkpoint { get; init; }

        /// <summary>
        /// The settings of a network with new weights; its labels are replaced by those of the data. By default null: the
        /// original one with the backbone Swin-T. Not together with <see cref="Checkpoint"/>.
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
        /// the crop's.
        /// </summary>
        public Mask2FormerImageProcessorConfig? Preprocessing { get; init; }

        /// <summary>How to train: steps, batch, learning rate, augmentation, averaging, evaluations, resuming and more.</summary>
        public SegmentationTrainingOptions Training { get; init; } = new();

        /// <summary>
        /// How the trained transformer makes segments, and by its task what validation measures: PQ, mask AP or mIoU; the best
        /// model by it is kept. By default a panoptic scene. Thing classes that are not set are those of the label column's
        /// annotation "IsThing". For the semantic task the segments of a class are learned as one.
        /// </summary>
        public SegmentationScoringOptions Scoring { get; init; } = new();

        /// <summary>The seed of the training; null, the default, for that of the <see cref="MLContext"/>, or without one that of <see cref="Training"/>.</summary>
        public int? Seed { get; init; }

        /// <summary>Data for validation, with the same columns and classes; by default null. <c>Fit(train, validation)</c> has precedence.</summary>
        public IDataView? ValidationSet { get; init; }

        /// <summary>The pictures that the trained transformer decodes ahead together over a data view, at least 1; by default 4.</summary>
        public int ScoringBatchSize { get; init; } = Mask2FormerTransformer.DefaultBatchSize;

        /// <summary>How model ids are downloaded; by default as the environment variables say (HF_HOME, HF_TOKEN, …). What it does not say of log and warnings goes to the context's log.</summary>
        public HubOptions Hub { get; init; } = new();

        /// <summary>Told after each step, on the thread that calls <c>Fit</c>; by default null. The log is told in any case.</summary>
        public Action<SegmentationTrainingProgress>? ProgressCallback { get; init; }

        /// <summary>
        /// Ends the training; <c>Fit</c> then returns the best model so far (the last one without an evaluation), or throws an
        /// <see cref="OperationCanceledException"/> if no step was taken. By default none.
        /// </summary>
        public CancellationToken CancellationToken { get; init; }

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
            ArgumentNullException.ThrowIfNull(Training);
            ArgumentNullException.ThrowIfNull(Hub);
            Training.Validate();
            ArgumentNullException.ThrowIfNull(Scoring);
            ArgumentOutOfRangeException.ThrowIfLessThan(ScoringBatchSize, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(NumQueries ?? 1, 1, nameof(NumQueries));
            if (Checkpoint is not null && Config is not null)
            {
                throw new ArgumentException($"The options {nameof(Checkpoint)} and {nameof(Config)} exclude each other.");
            }
        }
    }
}
