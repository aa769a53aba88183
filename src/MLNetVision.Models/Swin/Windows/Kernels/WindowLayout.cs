namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>
/// Which pixels of a batch of maps the windows hold after padding and shifting. Pixels are numbered in the windows' order, and
/// what was padded has no number: a window's pixels are consecutive rows, without a row that nobody needs.
/// </summary>
internal sealed class WindowLayout
{
    private readonly int _columns;
    private readonly int _perImage;
    private readonly int[] _pixels;
    private readonly int[] _patches;
    private readonly int[] _firstRow;

    /// <param name="images">The maps of the batch.</param>
    /// <param name="height">Rows of a map.</param>
    /// <param name="width">Columns of a map.</param>
    /// <param name="window">The window's side.</param>
    /// <param name="shift">By how much the padded map is shifted to the upper left; what leaves it comes in again on the other side.</param>
    public WindowLayout(int images, int height, int width, int window, int shift)
    {
        Patches = window * window;
        _columns = (width + window - 1) / window;
        int lines = (height + window - 1) / window, row = 0;
        _perImage = lines * _columns;
        _pixels = new int[images * height * width];
        _patches = new int[_pixels.Length];
        _firstRow = new int[images * _perImage + 1];
        for (int i = 0; i < Count; i++)
        {
            int image = i / _perImage, line = i % _perImage / _columns, column = i % _columns;
            for (int patch = 0; patch < Patches; patch++)
            {
                int y = (line * window + patch / window + shift) % (lines * window), x = (column * window + patch % window + shift) % (_columns * window);
                if (y < height && x < width)
                {
                    (_pixels[row], _patches[row]) = ((image * height + y) * width + x, patch);
                    row++;
                }
            }

            _firstRow[i + 1] = row;
        }
    }

    /// <summary>The windows.</summary>
    public int Count => _firstRow.Length - 1;

    /// <summary>The patches of a window, padded ones included.</summary>
    public int Patches { get; }

    /// <summary>The number of a window's first pixel; of the one behind the last window, the number of all pixels.</summary>
    public int FirstRow(int window) => _firstRow[window];

    /// <summary>The pixel of a row.</summary>
    public int Pixel(int row) => _pixels[row];

    /// <summary>The patch within its window that a row is.</summary>
    public int Patch(int row) => _patches[row];

    /// <summary>Whether a window is one of the last row and of the last column of its map.</summary>
    public (bool Row, bool Column) IsLast(int window) =>
        (window % _perImage / _columns == _perImage / _columns - 1, window % _columns == _columns - 1);
}
