using System.Globalization;
using MLNetVision.Cli.Shell;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;

namespace MLNetVision.Cli.Train;

/// <summary>The command line that says in full what a training does, also where nobody said it.</summary>
internal static class EquivalentCommand
{
    public static string Of(TrainingProject project, ProjectTrainingPlan plan)
    {
        string folder = Path.GetDirectoryName(project.Path)!;
        bool classifies = plan.Task == "classification";
        VisionBlock block = project.Vision;
        (string Name, string? Value)[] options =
        [
            ("dataset", Shown(project.DataPath!)),
            ("images", Shown(block.Data?.ImageFolder)),
            ("validation-dataset", Shown(block.Data?.ValidationPath ?? project.Validation?.Path)),
            ("test-dataset", Shown(block.Data?.TestPath)),
            ("split-ratio", plan.IsSplit ? Text(project.Validation?.SplitRatio ?? 0.2) : plan.Folds is not null || plan.Data.Sets.Any(set => set.Name == "validation") ? null : "0"),
            ("cv-fold", Text(plan.Folds)),
            ("name", plan.Name),
            ("output", Shown(Path.GetDirectoryName(folder)!)),
            ("task", classifies ? null : plan.Task),
            ("checkpoint", Shown(block.Model?.Checkpoint)),
            ("image-size", Text(plan.ImageSize)),
            ("epoch", Text(plan.Epochs)),
            ("steps", Text(plan.Steps)),
            ("batch", Text(plan.BatchSize)),
            ("learning-rate", Text(plan.LearningRate)),
            ("patience", Text(plan.Patience)),
            ("freeze", block.Training?.Freeze),
            ("augmentation", block.Training?.Augmentation),
            ("class-weights", block.Training?.ClassWeights),
            ("precision", block.Model?.Precision?.ToLowerInvariant()),
            ("score-threshold", Text(block.Scoring?.ScoreThreshold)),
            ("train-time", Text(project.TrainTime?.TotalSeconds)),
            ("seed", Text(plan.Seed)),
            ("device", block.Device ?? "auto"),
        ];
        return $"mlnetvision {(classifies ? "image-classification" : "segmentation")} "
            + string.Join(' ', options.Where(option => option.Value is not null).Select(option => $"--{option.Name}{(option.Value!.StartsWith('-') ? '=' : ' ')}{ShellText.Quoted(option.Value)}"));

        string? Shown(string? path)
        {
            if (path is null)
            {
                return null;
            }

            string full = Path.GetFullPath(path, folder);
            if (!Path.Exists(full))
            {
                return path; // a model id
            }

            string relative = Path.GetRelativePath(".", full);
            return relative.StartsWith("..", StringComparison.Ordinal) ? full : relative;
        }
    }

    private static string? Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);
}
