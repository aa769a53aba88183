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

    /// <summary>MODEL TARGET: loads a model and saves it again; prints why it cannot be saved, if so.</summary>
    public static void Save(string[] arguments)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(arguments[0], out DataViewSchema schema);
        try
        {
            ml.Model.SaveModel(model, schema, arguments[1]);
            Console.WriteLine("saved");
        }
        catch (IOException e)
        {
            Console.WriteLine($"not saved: {e.Message}");
        }
    }

    private sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public int Id { get; set; }
    }
}
