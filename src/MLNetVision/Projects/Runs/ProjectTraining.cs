using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Projects.Code;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Runs;

/// <summary>Trains what a project describes, and writes its folder: the model, the project, a checkpoint, and a folder for each run with its settings, curves and figures.</summary>
/// <remarks>
/// <para>What the project leaves open follows the data, and the project that is saved says what was settled, so that it gives the same model
/// again. Where nothing is said of validation, a fifth of the pictures is held out by <see cref="PictureSplitCatalog.SplitPictures"/>; the state
/// that is best on them is kept. The model is judged by the test data, without them by the validation data.</para>
/// <para>Every file is written beside its place and moved there. A run that was broken off, by whatever, goes on with
/// <see cref="ProjectTrainingOptions.Resume"/>.</para>
/// </remarks>
public static class ProjectTraining
{
    private const string Folds = "held-out"; // what EvaluatedOn says where each picture was held out once

    /// <summary>Says what a training would do. Nothing is trained or written, but a published checkpoint may be downloaded.</summary>
    /// <param name="project">The project; it is not changed.</param>
    /// <param name="options">What the project does not say; the defaults if null.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="InvalidDataException">The project says what cannot be done, the data are of no known form, or not fit for the task.</exception>
    /// <exception cref="DirectoryNotFoundException">There are no such data.</exception>
    /// <remarks>libtorch is not needed; without it the plan does not know of GPUs.</remarks>
    public static ProjectTrainingPlan Resolve(TrainingProject project, ProjectTrainingOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(project);
        options ??= new ProjectTrainingOptions();
        (MLContext ml, ProjectRecipe recipe, int? gpu) = Open(project, isPlan: true, line => options.Log?.Invoke(line), line => options.Warning?.Invoke(line));
        using (recipe)
        {
            RecipePlan settled = recipe.Resolve(cancellation);
            LabelCounts counts = recipe.Sets.Count().Counts;
            ProjectChecks.CheckKnown(recipe, counts);
            return PlanOf(project, recipe, settled, counts, gpu);
        }
    }

    /// <summary>Trains.</summary>
    /// <param name="project">The project; it then says what was settled, and has one more run.</param>
    /// <param name="options">What the project does not say; the defaults if null.</param>
    /// <param name="progress">Told how it goes, on the thread that trains.</param>
    /// <param name="cancellation">Ends the training; the best state so far is kept and written, if there is one.</param>
    /// <exception cref="InvalidDataException">The project says what cannot be done, its folder lies in its data, the data are of no known form, or not fit for the task.</exception>
    /// <exception cref="DirectoryNotFoundException">There are no such data.</exception>
    /// <exception cref="InvalidOperationException">There is no run to go on with, the run was one of other settings, or a GPU that was asked for is not there.</exception>
    /// <exception cref="DllNotFoundException">There is no libtorch, without which nothing trains.</exception>
    /// <exception cref="IOException">A file cannot be written, or the folder holds a model of no project.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before there was anything to keep, or while the model was evaluated, which is then written.</exception>
    public static ProjectTrainingResult Run(
        TrainingProject project, ProjectTrainingOptions? options = null, IProgress<ProjectTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(project);
        options ??= new ProjectTrainingOptions();
        project.CheckWritable();
        var watch = Stopwatch.StartNew();
        string folder = Path.GetDirectoryName(project.Path)!;

        ProjectChecks.CheckPlace(project, options.Resume);
        // Before all that takes time: a folder that cannot be written is found at once.
        using ProjectRunFolder run = options.Resume ? ProjectRunFolder.Continue(folder) : ProjectRunFolder.Begin(folder);
        using CancellationTokenRegistration asked = cancellation.Register(() => run.Log("asked to end"));
        try
        {
            return Train(project, options, progress, run, watch, cancellation);
        }
        catch (Exception e)
        {
            run.Log($"ended: {e.GetType().Name}: {e.Message}");
            run.RemoveUnbegun();
            throw;
        }
    }

    private static ProjectTrainingResult Train(
        TrainingProject project, ProjectTrainingOptions options, IProgress<ProjectTrainingProgress>? progress, ProjectRunFolder run, Stopwatch watch, CancellationToken cancellation)
    {
        var warned = new HashSet<string>(StringComparer.Ordinal);
        (MLContext ml, ProjectRecipe recipe, int? gpu) = Open(project, isPlan: false, Say, Warn);
        using ProjectRecipe opened = recipe;
        RecipePlan settled = recipe.Resolve(cancellation);
        (LabelCounts counts, string split) = recipe.Sets.Count();
        ProjectChecks.CheckKnown(recipe, counts);
        if (recipe.Settings.Training.Patience is { } patience && recipe.Sets.Find(ProjectSets.Validation) is null)
        {
            Warn($"Nothing is held out or given for validation, so that nothing tells when the training becomes no better: a patience of {patience} has no effect.");
        }

        ProjectTrainingPlan plan = PlanOf(project, recipe, settled, counts, gpu);
        run.Log(plan.ToString());
        JsonObject arguments = ProjectNotes.Arguments(project, recipe, plan, settled, options.Command?.Invoke(plan));
        ProjectNotes.Settle(project, recipe, plan);
        if (!run.HasArguments)
        {
            // Of a run that goes on they are there, and stay until it is known that it can.
            run.WriteArguments(arguments, null);
            Write(run.File("split.csv"), split);
            using FileStream alone = ProjectRunFolder.TakeLock(plan.Folder);
            ProjectRunFolder.TakeOverRuns(project);
            project.Save();
        }

        progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Planned, Plan = plan });

        ProjectRecipe.Reached reached = (step, score) => progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Training, Plan = plan, Step = step, Score = score });
        CrossValidation? folds = recipe.Sets.Folds.Count == 0 ? null : new CrossValidation(
            run, recipe.Sets, sets => Create(NewContext(recipe.Settings, gpu, Say, Warn), project, new ProjectSettings(project), sets, recipe.Sets[ProjectSets.Train]), () => NewContext(recipe.Settings, gpu, Say, Warn), Say);
        folds?.Run(reached, cancellation);
        recipe.Fit(run.StateFolder, reached, cancellation);
        TrainingRecord record = recipe.Record;

        progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Writing, Plan = plan });
        string model = Path.ChangeExtension(project.Path, ".mlnet"), checkpoint = Path.Combine(plan.Folder, "checkpoint");
        record.SaveCsv(run.File("results.csv"));
        record.SaveSvg(run.File("results.svg"));
        recipe.SaveCheckpoint(run.BestFolder);
        string hash;
        using (ProjectRunFolder.TakeLock(plan.Folder))
        {
            // Of two trainings the model, its checkpoint and its hash are those of one.
            recipe.SaveCheckpoint(checkpoint);
            AtomicFile.Write(model, stream => ml.Model.Save(recipe.Model, recipe.Sets[ProjectSets.Train].Schema, stream));
            hash = ProjectNotes.HashOf(model);
            ProjectNotes.NoteRun(project, recipe, run, model, hash, new Dictionary<string, double>());
        }

        run.WriteArguments(arguments, $"{record.Outcome}");
        Say($"Saved {model}.");
        IReadOnlyList<string> code = options.WritesCode ? WriteCode(project, plan.Folder, Warn) : [];

        string judge = folds is not null && recipe.Sets.Judge != ProjectSets.Test ? Folds : recipe.Sets.Judge;
        bool isJudged = record.Outcome != TrainingOutcome.Cancelled;
        (IReadOnlyDictionary<string, double> figures, string text) = (new Dictionary<string, double>(), string.Empty);
        if (isJudged)
        {
            progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Evaluating, Plan = plan });
            MLContext evaluating = NewContext(recipe.Settings, gpu, Say, Warn);
            using (cancellation.Register(evaluating.CancelExecution))
            {
                recipe.SaveSummary(evaluating, run.Path);
                (figures, text) = judge == Folds ? (folds!.Mean, folds.All.Save(run.Path).Text)
                    : recipe.Evaluate(evaluating, recipe.Sets[judge], $"{(recipe is ClassificationProject ? "Classification" : "Segmentation")} of the {judge} pictures", run.BestFolder).Save(run.Path);
            }

            folds?.RemoveStates();
            using (ProjectRunFolder.TakeLock(plan.Folder))
            {
                ProjectNotes.NoteRun(project, recipe, run, model, hash, figures);
            }

            Say($"Evaluated on the {judge} pictures: {string.Join(", ", figures.Select(figure => FormattableString.Invariant($"{figure.Key} {figure.Value:0.####}")))}.");
        }

        return new ProjectTrainingResult
        {
            Plan = plan,
            Outcome = record.Outcome,
            Record = record,
            Figures = figures,
            FiguresText = text,
            EvaluatedOn = isJudged ? judge : null,
            FoldFigures = folds?.Figures ?? [],
            UnknownClasses = isJudged ? ProjectChecks.UnknownIn(counts, judge == Folds ? ProjectSets.Train : judge, recipe.ClassNames) : new Dictionary<string, long>(),
            ProjectFile = project.Path,
            ModelFile = model,
            CheckpointFolder = checkpoint,
            CodeFiles = code,
            RunFolder = run.Path,
            ReportFile = isJudged ? run.File("report.html") : null,
            LogFile = run.LogFile,
            Seconds = watch.Elapsed.TotalSeconds,
        };

        void Say(string line)
        {
            run.Log(line);
            options.Log?.Invoke(line);
        }

        void Warn(string line)
        {
            if (warned.Add(line)) // folds say the same of themselves
            {
                run.Log($"warning: {line}");
                options.Warning?.Invoke(line);
            }
        }
    }

    private static (MLContext Context, ProjectRecipe Recipe, int? Gpu) Open(TrainingProject project, bool isPlan, Action<string> say, Action<string> warn)
    {
        var settings = new ProjectSettings(project);
        foreach (string warning in project.Warnings.Concat(settings.NotTaken()))
        {
            warn(warning);
        }

        int? gpu = settings.FindGpu(isPlan);
        MLContext ml = NewContext(settings, gpu, say, warn);
        ProjectSets sets = settings.IsClassification ? ProjectSets.OfFolders(ml, project, settings.Data, settings.Validation, settings.Test, settings.Seed)
            : ProjectSets.OfAnnotations(ml, project, settings.Data, settings.Validation, settings.Test, settings.Seed);
        return (ml, Create(ml, project, settings, sets), gpu);
    }

    private static ProjectRecipe Create(MLContext ml, TrainingProject project, ProjectSettings settings, ProjectSets sets, IDataView? whole = null) => settings.IsClassification
        ? new ClassificationProject(ml, settings, sets, whole)
        : new SegmentationProject(ml, settings, sets, project.Vision.Task is null ? sets.Task!.Value : settings.Task!.Value, sets.CountOf(ProjectSets.Train));

    private static MLContext NewContext(ProjectSettings settings, int? gpu, Action<string> say, Action<string> warn)
    {
        var ml = new MLContext(settings.Seed) { GpuDeviceId = gpu, FallbackToCpu = false };
        ml.Log += (_, e) =>
        {
            switch (e.Kind)
            {
                case ChannelMessageKind.Info:
                    say(e.RawMessage);
                    break;
                case ChannelMessageKind.Warning or ChannelMessageKind.Error:
                    warn(e.RawMessage);
                    break;
            }
        };
        return ml;
    }

    private static ProjectTrainingPlan PlanOf(TrainingProject project, ProjectRecipe recipe, RecipePlan settled, LabelCounts counts, int? gpu) => new()
    {
        Name = Path.GetFileNameWithoutExtension(project.Path),
        Folder = Path.GetDirectoryName(project.Path)!,
        Task = recipe is SegmentationProject segmentation ? segmentation.TaskName : "classification",
        Family = recipe.Settings.Family,
        Format = recipe.Sets.Format,
        ClassNames = recipe.ClassNames,
        Data = counts,
        Validation = recipe.Sets.ValidationText,
        IsSplit = recipe.Sets.IsSplit,
        Folds = recipe.Sets.Folds.Count > 0 ? recipe.Sets.Folds.Count : null,
        Start = settled.Start,
        ImageSize = settled.ImageSize,
        Epochs = settled.Epochs,
        Steps = settled.Steps,
        BatchSize = settled.Training.BatchSize,
        LearningRate = settled.Training.HighestLearningRate(settled.Training.BatchSize),
        Patience = recipe.Sets.Find(ProjectSets.Validation) is null ? null : recipe.Settings.Training.Patience,
        TrainTime = settled.Training.TrainTime,
        Seed = recipe.Settings.Seed,
        Metric = recipe.Metric,
        Device = ProjectSettings.Describe(gpu),
    };

    // A file of the user's own stays; the model is there all the same.
    private static IReadOnlyList<string> WriteCode(TrainingProject project, string folder, Action<string> warn)
    {
        try
        {
            return ProjectCode.Write(project, folder);
        }
        catch (InvalidOperationException e)
        {
            warn($"No code was written: {e.Message}");
            return [];
        }
    }

    private static void Write(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));
}
