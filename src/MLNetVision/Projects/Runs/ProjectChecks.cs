using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Options;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Runs;

/// <summary>Finds before a training what would be found when it has taken its time.</summary>
internal static class ProjectChecks
{
    /// <summary>Refuses what would be spoilt by a training, or spoil the next one, and places of the wrong kind.</summary>
    public static void CheckPlace(TrainingProject project, bool resumes)
    {
        string folder = Path.GetDirectoryName(project.Path)!;
        if (project.DataPath is { } data && Directory.Exists(data) && Path.GetRelativePath(data, folder) is var inData && inData != ".." && !inData.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && !Path.IsPathRooted(inData))
        {
            throw new InvalidDataException($"The project's folder '{folder}' lies in its data '{data}', where what is written would be taken for data: choose another folder.");
        }

        CheckKinds(project);
        string? foreign = resumes || File.Exists(project.Path) ? null
            : ((string[])[Path.ChangeExtension(project.Path, ".mlnet"), Path.ChangeExtension(project.Path, ".vision.json"), Path.Combine(folder, "checkpoint", "config.json")]).FirstOrDefault(File.Exists);
        if (foreign is not null)
        {
            throw TakenPlace.Error($"'{foreign}' exists, and no project that it is of: it is not written over. Choose another name or folder.");
        }
    }

    // A folder where a file is to be written, or a file where a folder is, would be found when the training has taken its time.
    private static void CheckKinds(TrainingProject project)
    {
        string folder = Path.GetDirectoryName(project.Path)!;
        if (((string[])[".mbconfig", ".vision.json", ".mlnet"]).Select(ending => Path.ChangeExtension(project.Path, ending)).FirstOrDefault(Directory.Exists) is { } taken)
        {
            throw TakenPlace.Error($"'{taken}' is a folder, where a file is to be written: move it away, or choose another name or folder.");
        }

        if (((string[])[Path.Combine(folder, "runs"), Path.Combine(folder, "checkpoint")]).FirstOrDefault(File.Exists) is { } file)
        {
            throw TakenPlace.Error($"'{file}' is a file, where a folder is to be made: move it away, or choose another name or folder.");
        }

        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw TakenPlace.Error($"'{above}' is a file, so that the folder '{folder}' cannot be made: choose another folder.");
            }
        }
    }

    /// <summary>Classes that only some of the sets have count as wrong there; a set of nothing else is of other data, and refused.</summary>
    public static void CheckKnown(ProjectRecipe recipe, LabelCounts counts)
    {
        foreach (SetCounts set in counts.Sets.Where(set => set.Name != ProjectSets.Train && set.Counts.Sum() > 0))
        {
            IReadOnlyDictionary<string, long> unknown = UnknownIn(counts, set.Name, recipe.ClassNames);
            if (unknown.Values.Sum() == set.Counts.Sum())
            {
                throw new InvalidDataException(
                    $"The {set.Name} data have not one class of the training data: they have {NameList.Quoted([.. unknown.Keys])}, and the training data {NameList.Quoted(recipe.ClassNames)}. Classes are matched by their names, to the letter.");
            }
        }
    }

    /// <summary>The classes of a set that the network does not know, with how often each is there.</summary>
    public static IReadOnlyDictionary<string, long> UnknownIn(LabelCounts counts, string name, IReadOnlyList<string> known)
    {
        SetCounts set = counts.Sets.First(set => set.Name == name);
        return counts.ClassNames.Zip(set.Counts).Where(item => item.Second > 0 && !known.Contains(item.First)).ToDictionary(item => item.First, item => item.Second);
    }
}
