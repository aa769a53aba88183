using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using Microsoft.ML;

namespace MLNetVision.Levit;

public sealed partial class LevitTrainer
{
    /// <summary>All settings of a <see cref="LevitTrainer"/>. A trainer never changes them.</summary>
    public sealed class Options
    {
        /// <summary>The key column of labels; by default "Label". There are as many classes as keys. Key values may have any type, or be absent.</summary>
        public string LabelColumnName { get; init; } = "Label";

        /// <summary>
        /// The column of pictures: <see cref="Microsoft.ML.Data.MLImage"/> of any declared size, the bytes of picture files, or
        /// their paths; by default "Image".
        /// </summary>
        public string ImageColumnName { get; init; } = "Image";

        /// <summary>The columns that the trained transformer adds; by default "Score" and "PredictedLabel".</summary>
        public LevitOutputColumns OutputColumns { get; init; } = new();

        /// <summary>
        /// What to start from: a checkpoint folder, a model id in Hugging Face's form, or a file that <c>mlContext.Model.Save</c>
        /// wrote of a pipeline with a LeViT. The heads start anew unless the number of classes is the same. By default null: see
        /// <see cref="FromScratch"/>.
        /// </summary>
        public string? Checkpoint { get; init; }

        /// <summary>
        /// A trained <see cref="LevitTransformer"/> to start from, or a chain that has one; it is not changed. By default null.
        /// Not together with <see cref="Checkpoint"/>.
        /// </summary>
        public ITransformer? StartModel { get; init; }

        /// <summary>
        /// Whether new weights are wanted. By default false: where no start is named, by <see cref="Checkpoint"/>,
        /// <see cref="StartModel"/>, <see cref="Preset"/> or <see cref="Config"/>, the training starts from facebook/levit-128S if
        /// that is in the cache or the hub answers, and otherwise from new weights with a warning.
        /// </summary>
        public bool FromScratch { get; init; }

        /// <summary>
        /// The size of a network with new weights, see <see cref="LevitPresets.Names"/>; by default null: it follows the size and
        /// number of the pictures. Not together with <see cref="Checkpoint"/>, <see cref="StartModel"/> or <see cref="Config"/>.
        /// </summary>
        public string? Preset { get; init; }

        /// <summary>
        /// The settings of a network with new weights; its labels are replaced by those of the data. By default null. Not
        /// together with <see cref="Checkpoint"/>, <see cref="StartModel"/> or <see cref="Preset"/>.
        /// </summary>
        public LevitConfig? Config { get; init; }

        /// <summary>
        /// The side of the pictures that the network sees; null, the default, for the start's own. Attention biases of a
        /// checkpoint are interpolated.
        /// </summary>
        public int? ImageSize { get; init; }

        /// <summary>The probability of drop path in training, 0 to below 1; null, the default, for the start's own.</summary>
        public double? DropPathRate { get; init; }

        /// <summary>
        /// How pictures are prepared; null, the default, for the checkpoint's own settings, or LeViT's usual ones for the image
        /// size.
        /// </summary>
        public LevitImageProcessorConfig? Preprocessing { get; init; }

        /// <summary>
        /// How to train: epochs, batch, learning rate, augmentation, averaging, resuming and more. By default null: all of it
        /// follows the data, see <see cref="Resolve"/>.
        /// </summary>
        public LevitTrainingOptions? Training { get; init; }

        /// <summary>
        /// Changes what follows from the data, such as <c>recipe => recipe with { TrainTime = 60 }</c>; by default null. Not
        /// together with <see cref="Training"/>.
        /// </summary>
        public Func<LevitTrainingOptions, LevitTrainingOptions>? AdjustTraining { get; init; }

        /// <summary>The seed of the training; null, the default, for that of the <see cref="MLContext"/>, or without one that of the training.</summary>
        public int? Seed { get; init; }

        /// <summary>Data for validation, with the same columns; by default null. Their labels may be keys or text; classes are matched by name, in whatever order, and pictures of others count as wrong. <c>Fit(train, validation)</c> has precedence.</summary>
        public IDataView? ValidationSet { get; init; }

        /// <summary>
        /// A transformer whose probabilities the network learns beside the labels; by default null. It must score a column of
        /// images (<see cref="Microsoft.ML.Data.MLImage"/>) that is called as in the training data and know the same classes, by
        /// the names of its slots or by order. It is not disposed.
        /// </summary>
        public ITransformer? Teacher { get; init; }

        /// <summary>The column of the <see cref="Teacher"/>'s probabilities; by default "Score".</summary>
        public string TeacherScoreColumnName { get; init; } = "Score";

        /// <summary>A LeViT checkpoint folder or model id as a teacher; by default null. Not together with <see cref="Teacher"/>.</summary>
        public string? TeacherCheckpoint { get; init; }

        /// <summary>
        /// Whether the network has a second head for the teacher, whose logits are averaged with those of the first; null, the
        /// default, if there is a teacher.
        /// </summary>
        public bool? DistillationHead { get; init; }

        /// <summary>The rows that the trained transformer scores at once over a data view, at least 1; by default 32.</summary>
        public int ScoringBatchSize { get; init; } = LevitTransformer.DefaultBatchSize;

        /// <summary>
        /// In which numbers the trained transformer multiplies; by default <see cref="ScoringPrecision.Single"/>. Training is
        /// not affected.
        /// </summary>
        public ScoringPrecision ScoringPrecision { get; init; } = ScoringPrecision.Single;

        /// <summary>
        /// Whether pictures that are files or their bytes are turned upright by what a camera wrote beside them, in training and by
        /// the trained transformer; by default <see cref="ExifOrientation.Apply"/>. <see cref="ExifOrientation.Ignore"/> takes them as
        /// they are stored, as Hugging Face's processors do.
        /// </summary>
        public ExifOrientation Orientation { get; init; } = ExifOrientation.Apply;

        /// <summary>How model ids are downloaded; by default as the environment variables say (HF_HOME, HF_TOKEN, …). What it does not say of log and warnings goes to the context's log.</summary>
        public HubOptions Hub { get; init; } = new();

        /// <summary>Told after each step and epoch, on the thread that calls <c>Fit</c>; by default null. The log is told in any case.</summary>
        public Action<LevitTrainingProgress>? ProgressCallback { get; init; }

        /// <summary>
        /// Ends the training; <c>Fit</c> then returns the model of the best epoch so far (without validation the latest weights), or
        /// throws an <see cref="OperationCanceledException"/> if no epoch was finished. Ends a download too. By default none.
        /// </summary>
        public CancellationToken CancellationToken { get; init; }

        internal bool HasTeacher => Teacher is not null || TeacherCheckpoint is not null || Training?.Teacher is not null;

        /// <summary>What a training on these data does: its start, network and settings. Nothing is trained, but a published checkpoint may be downloaded.</summary>
        /// <param name="data">The training data.</param>
        /// <exception cref="ArgumentException">Options exclude each other, or a column is missing or has a wrong type.</exception>
        /// <exception cref="InvalidOperationException">No row has a label and a picture.</exception>
        public LevitTrainingPlan Resolve(IDataView data)
        {
            ArgumentNullException.ThrowIfNull(data);
            return new LevitTrainer(new MLContext(), this).Resolve(data);
        }

        internal void Validate()
        {
            ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
            ArgumentException.ThrowIfNullOrEmpty(ImageColumnName);
            ArgumentException.ThrowIfNullOrEmpty(TeacherScoreColumnName);
            ArgumentNullException.ThrowIfNull(OutputColumns);
            ArgumentNullException.ThrowIfNull(Hub);
            ArgumentOutOfRangeException.ThrowIfLessThan(ScoringBatchSize, 1);
            OutputColumns.Validate();
            ScoringPrecisions.Check(ScoringPrecision);
            object? scratch = FromScratch ? true : null;
            ExclusiveOptions.Check((nameof(Checkpoint), Checkpoint), (nameof(StartModel), StartModel), (nameof(Preset), Preset), (nameof(Config), Config));
            ExclusiveOptions.Check((nameof(Checkpoint), Checkpoint), (nameof(StartModel), StartModel), (nameof(FromScratch), scratch));
            ExclusiveOptions.Check((nameof(Training), Training), (nameof(AdjustTraining), AdjustTraining));
            ExclusiveOptions.Check((nameof(Teacher), Teacher), (nameof(TeacherCheckpoint), TeacherCheckpoint), ($"{nameof(Training)}.{nameof(LevitTrainingOptions.Teacher)}", Training?.Teacher));
            if (DistillationHead == true && !HasTeacher)
            {
                throw new ArgumentException($"{nameof(DistillationHead)} is true, but there is no teacher: the second head would not be trained.");
            }
        }
    }
}
