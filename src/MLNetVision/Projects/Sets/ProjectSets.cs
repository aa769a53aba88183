using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Loading;

namespace MLNetVision.Projects.Sets;

/// <summary>The data of a project, divided: what is trained with, what chooses the best state, what judges at last.</summary>
internal sealed record ProjectSets
{
    public const string Train = "train", Validation = "validation", Test = "test";

    public const double UsualShare = 0.2;

    /// <summary>As a project's file has it.</summary>
    public required string Format { get; init; }

    /// <summary>What the annotations are of; null for labels of whole pictures.</summary>
    public required SegmentationTask? Task { get; init; }

    /// <summary>The sets that are there, by their names; "train" is the first.</summary>
    public required IReadOnlyList<(string Name, IDataView Data)> All { get; init; }

    /// <summary>Where the validation data come from.</summary>
    public required string ValidationText { get; init; }

    /// <summary>The parts of a cross-validation: what is trained with, and what measures that; none without one.</summary>
    public IReadOnlyList<DataOperationsCatalog.TrainTestData> Folds { get; init; } = [];

    /// <summary>Whether they are held out of the training data.</summary>
    public required bool IsSplit { get; init; }

    public IDataView this[string name] => Find(name) ?? throw new InvalidOperationException($"There is no set '{name}'.");

    /// <summary>The set by which the model is judged.</summary>
    public string Judge => Find(Test) is not null ? Test : Find(Validation) is not null ? Validation : Train;

    public IDataView? Find(string name) => All.FirstOrDefault(set => set.Name == name).Data;

    /// <summary>Opens the data of a classification.</summary>
    public static ProjectSets OfFolders(MLContext ml, TrainingProject project, string path, string? validation, string? test, int seed)
    {
        bool hasNoClasses = Directory.Exists(path) && !LabelFolders.HasLabels(path);
        if ((File.Exists(path) || hasNoClasses) && AnnotationForms.Recognise(path) is { } form)
        {
            throw new InvalidDataException($"'{path}' holds annotations of segments ({AnnotationForms.NameOf(form.Form)}), not pictures in a folder for each class: it is for segmentation.");
        }

        IDataView all = ml.Data.LoadFromImageFolder(path);
        bool isDivided = Directory.Exists(path) && LabelFolders.IsSplit(path);
        IDataView? Part(string? own, string name) => own is not null ? ml.Data.LoadFromImageFolder(own)
            : isDivided && ((LabelledFileView)all).Only(split => split == name) is var part && HasRow(part) ? part : null;
        return Divide(ml, project, "folder", null, isDivided ? ((LabelledFileView)all).Only(split => split == Train) : all, Part(validation, Validation), Part(test, Test), validation, seed);
    }

    /// <summary>Opens the data of a segmentation.</summary>
    public static ProjectSets OfAnnotations(MLContext ml, TrainingProject project, string path, string? validation, string? test, int seed)
    {
        string? images = project.FullPath(project.Vision.Data?.ImageFolder);
        if (AnnotationForms.Recognise(path) is not { } form)
        {
            throw AnnotationForms.Unknown(path);
        }

        if (form.Form is AnnotationForm.CocoBoxes or AnnotationForm.VocBoxes)
        {
            throw new InvalidDataException($"'{path}' has boxes but no masks ({AnnotationForms.NameOf(form.Form)}), and a segmentation learns masks: export the outlines of the objects.");
        }

        IReadOnlyDictionary<string, string> parts = AnnotationForms.Parts(path);
        IDataView train = ml.Data.LoadSegmentation(parts.GetValueOrDefault(Train, path), images);
        string[] splits = form.Form switch
        {
            AnnotationForm.Yolo => [.. YoloDataFile.Read(form.Path).SplitsNamed],
            AnnotationForm.VocMasks => [.. VocMasks.Splits(form.Path)],
            _ => [],
        };
        bool hasObjects = form.Form != AnnotationForm.VocMasks || Directory.Exists(Path.Combine(form.Path, VocMasks.ObjectFolder));
        IDataView Split(string name) => form.Form == AnnotationForm.Yolo ? ml.Data.LoadFromYolo(form.Path, name) : ml.Data.LoadFromVocMasks(form.Path, name, hasObjects);

        // Annotations beside those of the training data are of pictures beside theirs.
        string? ImagesOf(string own) => Path.GetDirectoryName(Path.GetFullPath(own)) == Path.GetDirectoryName(Path.GetFullPath(path)) ? images : null;
        IDataView? Part(string? own, string name) => own is not null ? ml.Data.LoadSegmentation(own, ImagesOf(own))
            : parts.TryGetValue(name == "val" ? Validation : name, out string? file) ? ml.Data.LoadSegmentation(file, images)
            : splits.Contains(name) ? Split(name) : null;
        if (form.Form == AnnotationForm.VocMasks && splits.Contains(Train))
        {
            train = Split(Train);
        }

        return Divide(ml, project, FormatOf(form.Form), AnnotationForms.UsualTask(path), train, Part(validation, "val"), Part(test, Test), validation, seed);
    }

    /// <summary>Counts the classes of each set, and tells where each picture is.</summary>
    public (LabelCounts Counts, string SplitCsv) Count()
    {
        var counter = new LabelCounts.Counter();
        var rows = new List<IReadOnlyList<object?>>();
        foreach ((string name, IDataView data) in All)
        {
            counter.BeginSet(name);
            DataViewSchema.Column image = data.Schema["Image"], label = data.Schema["Label"];
            string[]? keys = label.Type is VectorDataViewType ? [.. KeyNames.Of(label)?.ToText() ?? []] : null;
            foreach (string key in keys ?? [])
            {
                counter.PlaceOf(key);
            }

            using DataViewRowCursor cursor = data.GetRowCursor([image, label]);
            ValueGetter<ReadOnlyMemory<char>> path = cursor.GetGetter<ReadOnlyMemory<char>>(image);
            Func<IReadOnlyList<string>> labels = keys is null ? One(cursor, label) : Several(cursor, label, keys);
            ReadOnlyMemory<char> text = default;
            while (cursor.MoveNext())
            {
                path(ref text);
                IReadOnlyList<string> found = labels();
                counter.AddRow();
                foreach (string one in found)
                {
                    counter.Add(counter.PlaceOf(one));
                }

                rows.Add([text.ToString(), name, string.Join(' ', found.Distinct())]);
            }
        }

        return (counter.ToCounts(sorted: Task is null), CsvText.Write(["path", "set", "label"], rows));
    }

    private static ProjectSets Divide(
        MLContext ml, TrainingProject project, string format, SegmentationTask? task, IDataView train, IDataView? validation, IDataView? test, string? validationPath, int seed)
    {
        string said = validationPath is not null ? $"'{validationPath}'" : "the data's own part";
        double share = project.Validation?.SplitRatio ?? UsualShare;
        IReadOnlyList<DataOperationsCatalog.TrainTestData> parts = project.Validation?.Folds is { } count ? FoldsOf(train, count, seed) : [];
        validation = parts.Count > 0 ? null : validation;
        bool isSplit = validation is null && parts.Count == 0 && share > 0;
        if (isSplit)
        {
            DataOperationsCatalog.TrainTestData divided = ml.Data.SplitPictures(train, share, seed);
            (train, validation) = (divided.TrainSet, HasRow(divided.TestSet) ? divided.TestSet : null);
            said = FormattableString.Invariant($"{100 * share:0.##} % of the data, of each class, held out by the seed {seed}");
        }

        (string, IDataView?)[] all = [(Train, train), (Validation, validation), (Test, test)];
        return new ProjectSets
        {
            Format = format,
            Task = task,
            IsSplit = isSplit,
            Folds = parts,
            ValidationText = parts.Count > 0 ? FormattableString.Invariant($"{parts.Count} folds, dealt by the seed {seed}; the model is of all pictures, and of the last state")
                : validation is null ? "none: the last state is kept" : said,
            All = [.. from set in all where set.Item2 is not null select (set.Item1, set.Item2!)],
        };
    }

    /// <summary>The pictures of a set.</summary>
    public int CountOf(string name)
    {
        int count = 0;
        using DataViewRowCursor cursor = this[name].GetRowCursor([this[name].Schema["Image"]]);
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static IReadOnlyList<DataOperationsCatalog.TrainTestData> FoldsOf(IDataView data, int folds, int seed)
    {
        IReadOnlyList<DataOperationsCatalog.TrainTestData> parts = PictureSplitCatalog.SplitFolds(data, folds, seed);
        return parts.All(part => HasRow(part.TestSet)) ? parts : throw new InvalidDataException($"There are fewer pictures than the {folds} parts of the cross-validation.");
    }

    private static bool HasRow(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["Image"]]);
        return cursor.MoveNext();
    }

    private static Func<IReadOnlyList<string>> One(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(label);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.IsEmpty ? [] : [text.ToString()];
        };
    }

    private static Func<IReadOnlyList<string>> Several(DataViewRow row, DataViewSchema.Column label, string[] names)
    {
        ValueGetter<VBuffer<uint>> getter = row.GetGetter<VBuffer<uint>>(label);
        VBuffer<uint> keys = default;
        return () =>
        {
            getter(ref keys);
            return [.. keys.DenseValues().Where(key => key > 0 && key <= names.Length).Select(key => names[key - 1])];
        };
    }

    private static string FormatOf(AnnotationForm form) => form switch
    {
        AnnotationForm.CocoPanoptic => "coco-panoptic",
        AnnotationForm.CocoInstances or AnnotationForm.CocoBoxes => "coco-instances",
        AnnotationForm.Vott => "vott",
        AnnotationForm.Labelme => "labelme",
        AnnotationForm.Yolo => "yolo",
        _ => "voc",
    };
}
