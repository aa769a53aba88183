using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Segments;
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
    /// <summary>Says what a training would do. Nothing is trained or written, but a published checkpoint may be downloaded.</summary>
    /// <param name="project">The project; it is not changed.</param>
    /// <param name="options">What the project does not say; the defaults if null.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="InvalidDataException">The project says what cannot be done, the data are of no known form, or not fit for the task.</exception>
    /// <exception cref="DirectoryNotFoundException">There are no such data.</exception>
    /// <exception cref="DllNotFoundException">There is no libtorch, without which nothing trains.</exception>
    public static ProjectTrainingPlan Resolve(TrainingProject project, ProjectTrainingOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(project);
        options ??= new ProjectTrainingOptions();
        (MLContext ml, ProjectRecipe recipe, int? gpu) = Open(project, line => options.Log?.Invoke(line), line => options.Warning?.Invoke(line));
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
        (MLContext ml, ProjectRecipe recipe, int? gpu) = Open(project, Say, Warn);
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
        JsonObject arguments = ArgumentsOf(project, recipe, plan, settled, options.Command?.Invoke(plan));
        Settle(project, recipe, plan);
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

        recipe.Fit(run.StateFolder, (step, score) => progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Training, Plan = plan, Step = step, Score = score }), cancellation);
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
            hash = HashOf(model);
            Note(project, recipe, run, model, hash, new Dictionary<string, double>());
        }

        run.WriteArguments(arguments, $"{record.Outcome}");
        Say($"Saved {model}.");
        IReadOnlyList<string> code = options.WritesCode ? WriteCode(project, plan.Folder, Warn) : [];

        bool isJudged = record.Outcome != TrainingOutcome.Cancelled;
        (IReadOnlyDictionary<string, double> figures, string text) = (new Dictionary<string, double>(), string.Empty);
        if (isJudged)
        {
            progress?.Report(new ProjectTrainingProgress { Phase = ProjectTrainingPhase.Evaluating, Plan = plan });
            MLContext evaluating = NewContext(recipe.Settings, gpu, Say, Warn);
            using (cancellation.Register(evaluating.CancelExecution))
            {
                recipe.SaveSummary(evaluating, run.Path);
                (figures, text) = recipe.Evaluate(evaluating, recipe.Sets[recipe.Sets.Judge], recipe.Sets.Judge, run);
            }

            using (ProjectRunFolder.TakeLock(plan.Folder))
            {
                Note(project, recipe, run, model, hash, figures);
            }

            Say($"Evaluated on the {recipe.Sets.Judge} pictures: {string.Join(", ", figures.Select(figure => FormattableString.Invariant($"{figure.Key} {figure.Value:0.####}")))}.");
        }

        return new ProjectTrainingResult
        {
            Plan = plan,
            Outcome = record.Outcome,
            Record = record,
            Figures = figures,
            FiguresText = text,
            EvaluatedOn = isJudged ? recipe.Sets.Judge : null,
            UnknownClasses = isJudged ? ProjectChecks.UnknownIn(counts, recipe.Sets.Judge, recipe.ClassNames) : new Dictionary<string, long>(),
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
            run.Log($"warning: {line}");
            options.Warning?.Invoke(line);
        }
    }

    private static (MLContext Context, ProjectRecipe Recipe, int? Gpu) Open(TrainingProject project, Action<string> say, Action<string> warn)
    {
        var settings = new ProjectSettings(project);
        foreach (string warning in project.Warnings)
        {
            warn(warning);
        }

        if (project.Validation?.Folds is { } folds)
        {
            warn($"The project asks for a cross-validation of {folds} parts, which is not done: a part is held out instead.");
        }

        int? gpu = settings.FindGpu();
        MLContext ml = NewContext(settings, gpu, say, warn);
        if (settings.IsClassification)
        {
            return (ml, new ClassificationProject(ml, settings, ProjectSets.OfFolders(ml, project, settings.Data, settings.Validation, settings.Test, settings.Seed)), gpu);
        }

        ProjectSets sets = ProjectSets.OfAnnotations(ml, project, settings.Data, settings.Validation, settings.Test, settings.Seed);
        SegmentationTask task = project.Vision.Task is null ? sets.Task!.Value : settings.Task!.Value;
        return (ml, new SegmentationProject(ml, settings, sets, task, sets.CountOf(ProjectSets.Train)), gpu);
    }

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

    // What was settled, so that the project gives the same model again.
    private static void Settle(TrainingProject project, ProjectRecipe recipe, ProjectTrainingPlan plan)
    {
        VisionBlock block = project.Vision;
        ProjectSettings settings = recipe.Settings;
        project.Vision = block with
        {
            Task = plan.Task,
            Model = settings.Model with { Family = plan.Family, ImageSize = plan.ImageSize, Checkpoint = Shown(settings.Checkpoint) },
            Data = (block.Data ?? new VisionData()) with
            {
                Format = plan.Format,
                ImageFolder = Shown(project.FullPath(block.Data?.ImageFolder)),
                ValidationPath = Shown(settings.Validation),
                TestPath = Shown(settings.Test),
            },
            Training = settings.Training with { Epochs = plan.Epochs, Steps = (int?)plan.Steps, BatchSize = plan.BatchSize, LearningRate = plan.LearningRate, Seed = plan.Seed },
            Metric = plan.Metric,
            Device = settings.Device,
        };
        project.Validation ??= settings.Validation is null ? new ProjectValidation(SplitRatio: ProjectSets.UsualShare) : null;

        string? Shown(string? path) => path is null ? null : project.Relative(path);
    }

    private static void Note(TrainingProject project, ProjectRecipe recipe, ProjectRunFolder run, string model, string hash, IReadOnlyDictionary<string, double> figures)
    {
        var best = new Dictionary<string, double>(figures);
        if (recipe.Record.Best is { } point)
        {
            best["Epoch"] = Math.Round(point.Epoch, 3);
            if (point.Score is { } score)
            {
                best["Validation" + recipe.Metric] = score;
            }
        }

        ProjectRunFolder.TakeOverRuns(project);
        project.RemoveRun(run.Name); // of a run that went on
        project.AddRun(new VisionRun
        {
            Folder = run.Name,
            Best = best.Where(figure => double.IsFinite(figure.Value)).ToDictionary(),
            ModelFile = Path.GetFileName(model),
            ModelHash = hash,
            Tool = LibraryVersions.Of(typeof(ProjectTraining)),
        });
        project.Save();
    }

    private static string HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static JsonObject ArgumentsOf(TrainingProject project, ProjectRecipe recipe, ProjectTrainingPlan plan, RecipePlan settled, string? command)
    {
        var sets = new JsonObject();
        foreach (SetCounts set in plan.Data.Sets)
        {
            sets[set.Name] = set.RowCount;
        }

        return new JsonObject
        {
            ["command"] = command,
            ["started"] = DateTimeOffset.UtcNow,
            ["project"] = Path.GetFileName(project.Path),
            ["task"] = plan.Task,
            ["family"] = plan.Family,
            ["data"] = new JsonObject
            {
                ["path"] = recipe.Settings.Data, ["format"] = plan.Format, ["validation"] = recipe.Settings.Validation ?? plan.Validation, ["test"] = recipe.Settings.Test, ["pictures"] = sets,
            },
            ["start"] = plan.Start.ToString(),
            ["imageSize"] = plan.ImageSize,
            ["seed"] = plan.Seed,
            ["metric"] = plan.Metric,
            ["device"] = plan.Device,
            ["training"] = JsonSerializer.SerializeToNode(settled.Settings),
            ["versions"] = JsonSerializer.SerializeToNode(LibraryVersions.With(LibraryVersions.Current, "Microsoft.ML", typeof(MLContext))),
        };
    }

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
