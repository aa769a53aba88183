namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Predicted classes, gathered line by line: they are few enough to be kept.</summary>
internal sealed class SavedClasses : ISavedPredictions
{
    private readonly List<((int Class, float Score)[] Named, string? Problem)> _rows = [];
    private readonly List<string> _images = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private string[]? _names;
    private int[] _order = [];

    public bool HasSegments => false;

    public bool HasScores => true;

    // In the order of their names, as folders of labels number them.
    public IReadOnlyList<string> ClassNames
    {
        get
        {
            if (_names is null)
            {
                _names = [.. _numbers.Keys.Order(StringComparer.Ordinal)];
                _order = new int[_names.Length];
                for (int i = 0; i < _names.Length; i++)
                {
                    _order[_numbers[_names[i]]] = i;
                }
            }

            return _names;
        }
    }

    public int? NamedClasses => _rows.Where(row => row.Problem is null).Select(row => (int?)row.Named.Length).Min();

    public IReadOnlyList<string> Images => _images;

    /// <summary>Adds a prediction.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public void Add(string image, IReadOnlyList<(string Label, float Score)> named, string? problem)
    {
        if (problem is null && (named.Count == 0 || named.Any(item => item.Score is not (>= 0 and <= 1.0001f))))
        {
            throw new InvalidDataException("it has no label with a score from 0 to 1");
        }

        _images.Add(image);
        _rows.Add(([.. named.DistinctBy(item => item.Label).Select(item => (NumberOf(item.Label), item.Score))], problem));
    }

    public PicturePrediction Read(int place)
    {
        ((int Class, float Score)[] named, string? problem) = _rows[place];
        var request = new PictureRequest { Image = _images[place] };
        if (problem is not null)
        {
            return new PicturePrediction(request, null, null, problem);
        }

        float[] probabilities = new float[ClassNames.Count];
        foreach ((int number, float score) in named)
        {
            probabilities[_order[number]] = score;
        }

        return new PicturePrediction(request, new Classification(ClassNames, probabilities), null, null);
    }

    public void Dispose()
    {
    }

    private int NumberOf(string label)
    {
        if (!_numbers.TryGetValue(label, out int number))
        {
            _numbers[label] = number = _numbers.Count;
            _names = null;
        }

        return number;
    }
}
