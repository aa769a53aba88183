using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Internals;
using MLNetVision.Loading;

namespace Microsoft.ML;

/// <summary>Loads labelled pictures from disk.</summary>
public static class ImageFolderCatalog
{
    /// <summary>
    /// Loads the pictures (JPEG, PNG, WebP, BMP, GIF) of a folder with a subfolder per label, or those that a CSV or TSV
    /// file lists with path and label.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="path">
    /// A folder FOLDER/LABEL/PICTURE or FOLDER/SPLIT/LABEL/PICTURE, where SPLIT is train, test or validation; or a file
    /// *.csv (comma, or semicolon where the first line has no comma) or any other name (tab) whose paths count from the file's own folder.
    /// </param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <returns>
    /// Rows of text: the full path, the label and, for a divided folder, the part. Nothing is read from disk before the
    /// first cursor; pictures are decoded where they are used. Files that cannot be used are left out and reported in one
    /// warning with their number and names.
    /// </returns>
    /// <exception cref="DirectoryNotFoundException">There is neither a folder nor a file at <paramref name="path"/>.</exception>
    /// <exception cref="InvalidDataException">When first read: there is no usable picture, or more files cannot be used than the options tolerate.</exception>
    public static IDataView LoadFromImageFolder(this DataOperationsCatalog catalog, string path, ImageFolderOptions? options = null) =>
        Open(catalog, path, options ?? new ImageFolderOptions());

    /// <summary>Loads the parts of a folder FOLDER/SPLIT/LABEL/PICTURE, where SPLIT is train, test or validation.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="path">The folder; it has "train" and at least one of "test" and "validation".</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <returns>The training rows; the test rows, or the validation rows where there is no "test".</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The folder is not divided that way.</exception>
    public static DataOperationsCatalog.TrainTestData LoadTrainTestFromImageFolder(this DataOperationsCatalog catalog, string path, ImageFolderOptions? options = null)
    {
        LabelledFileView all = Open(catalog, path, options ?? new ImageFolderOptions());
        bool hasTest = Directory.Exists(path) && LabelFolders.Part(path, "test") is not null;
        if (!Directory.Exists(path) || !LabelFolders.IsSplit(path) || !(hasTest || LabelFolders.Part(path, "validation") is not null))
        {
            throw new ArgumentException($"Expected the folders 'train' and 'test' (or 'validation') in '{path}'.", nameof(path));
        }

        return new DataOperationsCatalog.TrainTestData(all.Only(split => split == "train"), all.Only(split => split == (hasTest ? "test" : "validation")));
    }

    /// <summary>
    /// What the last pass over loaded data gave, and what it left out: of the data of any loader of this library, also behind filters, caches and
    /// transforms of other columns than the label.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">The data.</param>
    /// <returns>The counts and the reasons; null where the data have not been read yet, or come from elsewhere.</returns>
    public static DataReport? ReportOf(this DataOperationsCatalog catalog, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return DataReports.Find(data);
    }

    private static LabelledFileView Open(DataOperationsCatalog catalog, string path, ImageFolderOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options.Validate();
        string full = Path.GetFullPath(path);
        IHost host = HostAccess.EnvironmentOf(catalog).Register(nameof(LoadFromImageFolder));
        if (Directory.Exists(full))
        {
            return new LabelledFileView(host, options, LabelFolders.IsSplit(full), full, () => LabelFolders.Find(full, options.CheckFiles));
        }

        return File.Exists(full)
            ? new LabelledFileView(host, options, hasSplit: false, full, () => ImageList.Read(full, options.CheckFiles, options.HasHeader))
            : throw new DirectoryNotFoundException($"There is neither a folder nor a file '{full}'.");
    }
}
