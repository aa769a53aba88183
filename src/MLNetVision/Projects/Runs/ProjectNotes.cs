using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Models.Training.Records;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Runs;

/// <summary>What a training writes down of itself: in its project, and in the folder of its run.</summary>
internal static class ProjectNotes
{
    /// <summary>Writes into the project what was settled, so that it gives the same model again.</summary>
    public static void Settle(TrainingProject project, ProjectRecipe recipe, ProjectTrainingPlan plan)
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

    /// <summary>Writes a run into the project's list, in place of what it says of it; the caller holds the folder's lock.</summary>
    public static void NoteRun(TrainingProject project, ProjectRecipe recipe, ProjectRunFolder run, string model, string hash, IReadOnlyDictionary<string, double> figures)
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
            Tool = LibraryVersions.Of(typeof(ProjectNotes)),
        });
        project.Save();
    }

    /// <summary>What a run says of its model file.</summary>
    public static string HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The args.json of a run.</summary>
    public static JsonObject Arguments(TrainingProject project, ProjectRecipe recipe, ProjectTrainingPlan plan, RecipePlan settled, string? command)
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
}
