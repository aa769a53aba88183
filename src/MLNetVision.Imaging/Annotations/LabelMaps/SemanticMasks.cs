using MLNetVision.Imaging.Folders;

namespace MLNetVision.Imaging.Annotations.LabelMaps;

/// <summary>A folder of pictures and one of PNG label maps of the same names: a pixel's grey value, palette index or colour is its class.</summary>
public static class SemanticMasks
{
    private const int EndingsInMessage = 5;

    /// <summary>Lists the label maps, which are read later. An image has one segment for each class present.</summary>
    /// <param name="imageFolder">The folder of pictures.</param>
    /// <param name="maskFolder">The folder of label maps, in the same folders and of the same names as the pictures.</param>
    /// <param name="classes">The names of the classes, in the order of their values.</param>
    /// <param name="masks">What the values mean; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no label map.</exception>
    /// <exception cref="ArgumentException">A table of values or colours names a class that is not among the classes.</exception>
    public static AnnotationSource Open(string imageFolder, string maskFolder, IReadOnlyList<string> classes, SemanticMaskOptions? masks = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFolder);
        ArgumentException.ThrowIfNullOrEmpty(maskFolder);
        ArgumentNullException.ThrowIfNull(classes);
        SemanticMaskOptions options = masks ?? new SemanticMaskOptions();
        foreach (string folder in new[] { imageFolder, maskFolder })
        {
            if (!Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
            }
        }

        string[] all = [.. FolderFiles.Below(imageFolder)];
        var pictures = new PictureStems(imageFolder, FileEndings.Pictures(all), options.ImagePrefix, options.ImageSuffix);
        string[] files = [.. FolderFiles.Below(maskFolder)];
        string[] maps = [.. FileEndings.Of(files, ".png").Where(file => PictureStems.Matches(file, options.MaskPrefix, options.MaskSuffix)).Order(StringComparer.Ordinal)];
        if (maps.Length == 0)
        {
            throw new InvalidDataException($"'{maskFolder}' holds no file that {(options.MaskPrefix.Length > 0 ? $"begins with '{options.MaskPrefix}' and " : string.Empty)}ends in '{options.MaskSuffix}.png'.{OtherKinds(files)}");
        }

        var values = new LabelValues(classes, options);
        var used = new HashSet<string>(maps, StringComparer.Ordinal);
        (string File, string[] Pictures)[] pairs = [.. maps.Select(mask => (mask, pictures.Find(maskFolder, mask, options.MaskPrefix, options.MaskSuffix)))];
        used.UnionWith(pairs.SelectMany(pair => pair.Pictures));
        IReadOnlyList<string> alone = PictureNotes.Relative(imageFolder, FileEndings.Pictures(all).Where(file => !used.Contains(file)));
        string[] unreadable = [.. all.Where(FileEndings.IsUnreadable).Order(StringComparer.Ordinal)];
        return new AnnotationSource(maskFolder, [.. classes.Distinct(StringComparer.Ordinal).Select(name => new SegmentationClass(name, options.ThingClasses.Contains(name)))],
            [.. pairs.Select((pair, id) => new AnnotationRecord(Path.GetRelativePath(maskFolder, pair.File), () => Read(pair.File, pair.Pictures, id, values, unreadable)))])
        {
            Notes = [.. PictureNotes.Of(imageFolder, alone, "picture(s) have no label map"), .. PictureNotes.Unreadable(imageFolder, unreadable)],
        };
    }

    private static string OtherKinds(string[] files)
    {
        string[] endings = [.. files.Select(Path.GetExtension).OfType<string>().Where(ending => ending.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).Take(EndingsInMessage)];
        return endings.Length == 0 ? string.Empty : $" Its files end in {string.Join(", ", endings)}; a first one is '{Path.GetFileName(files.Order(StringComparer.Ordinal).First())}'.";
    }

    private static AnnotatedImage Read(string maskFile, string[] pictures, long id, LabelValues values, string[] unreadable)
    {
        if (pictures.Length != 1)
        {
            string stem = Path.GetFileName(FileEndings.WithoutAll(maskFile));
            string? other = pictures.Length > 0 ? null : unreadable.FirstOrDefault(file => Path.GetFileName(FileEndings.WithoutAll(file)) == stem);
            throw new InvalidDataException(other is null
                ? $"expected one picture of this name, found {pictures.Length}"
                : $"its picture '{Path.GetFileName(other)}' is of a kind that is not read; save it as PNG or JPEG");
        }

        (int height, int width, List<AnnotatedSegment> segments, Dictionary<string, (long Pixels, bool IsIgnored)> withoutClass) = values.Read(maskFile);
        return new AnnotatedImage(pictures[0], id, height, width, segments) { PixelsWithoutClass = withoutClass };
    }
}
