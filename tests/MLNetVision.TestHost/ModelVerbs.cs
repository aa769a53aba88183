using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.TestHost;

internal static class ModelVerbs
{
    /// <summary>MODEL COLUMN PATH...: prints a column of numbers for each picture. Nothing of the library is named here.</summary>
    public static void Score(string[] arguments)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(arguments[0], out _);
        IDataView data = ml.Data.LoadFromEnumerable(arguments[2..].Select((path, id) => new Row { Image = path, Id = id }));
        foreach (float[] values in model.Transform(data).GetColumn<float[]>(arguments[1]))
        {
            Console.WriteLine(string.Join(' ', values.Select(value => value.ToString("g9"))));
        }
    }

    /// <summary>MODEL TARGET BYTES: loads a model and saves it again where no file may be longer; prints why it cannot be saved, if so.</summary>
    public static void Save(string[] arguments)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(arguments[0], out DataViewSchema schema);
        FileLimit limit = new(ulong.Parse(arguments[2], CultureInfo.InvariantCulture));
        if (SetLimit(FileSizeLimit, ref limit) != 0)
        {
            throw new InvalidOperationException("The limit on the size of files cannot be set.");
        }

        try
        {
            ml.Model.SaveModel(model, schema, arguments[1]);
            Console.WriteLine("saved");
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException) // .NET's error for a file that is too long
        {
            Console.WriteLine($"not saved: {e.Message}");
        }
    }

    /// <summary>RLIMIT_FSIZE, of Linux and of macOS.</summary>
    private const int FileSizeLimit = 1;

    [DllImport("libc", EntryPoint = "setrlimit")]
    private static extern int SetLimit(int resource, ref FileLimit limit);

    private struct FileLimit(ulong bytes)
    {
        public ulong Soft = bytes;
        public ulong Hard = bytes;
    }

    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public int Id { get; set; }
    }
}
