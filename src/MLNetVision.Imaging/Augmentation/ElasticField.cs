using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>A smooth random displacement: normal numbers at the nodes of a lattice over the picture, interpolated between them.</summary>
internal sealed class ElasticField
{
    private const int Nodes = 4;
    private readonly double[] _x = new double[Nodes * Nodes];
    private readonly double[] _y = new double[Nodes * Nodes];

    /// <summary>Draws a field.</summary>
    /// <param name="deviation">The standard deviation at the nodes, in shares of the side.</param>
    /// <param name="random">Where the numbers come from.</param>
    public ElasticField(double deviation, RandomStream random)
    {
        for (int i = 0; i < _x.Length; i++)
        {
            _x[i] = deviation * random.Gaussian();
            _y[i] = deviation * random.Gaussian();
        }
    }

    /// <summary>Adds the displacements of a row of pixels, in pixels.</summary>
    /// <param name="row">The row.</param>
    /// <param name="height">The picture's rows.</param>
    /// <param name="sourceX">A row's source columns, as long as the picture is wide.</param>
    /// <param name="sourceY">A row's source rows.</param>
    public void AddRow(int row, int height, Span<float> sourceX, Span<float> sourceY)
    {
        (int top, double down) = Cell(row, height);
        Span<double> x = stackalloc double[Nodes];
        Span<double> y = stackalloc double[Nodes];
        int width = sourceX.Length;
        for (int node = 0; node < Nodes; node++)
        {
            int above = top * Nodes + node;
            x[node] = width * double.Lerp(_x[above], _x[above + Nodes], down);
            y[node] = height * double.Lerp(_y[above], _y[above + Nodes], down);
        }

        for (int column = 0; column < width; column++)
        {
            (int left, double along) = Cell(column, width);
            sourceX[column] += (float)double.Lerp(x[left], x[left + 1], along);
            sourceY[column] += (float)double.Lerp(y[left], y[left + 1], along);
        }
    }

    /// <summary>The lattice cell of a pixel's centre, and how far into it: eased (3t² − 2t³), so that no crease shows at a node.</summary>
    private static (int Cell, double Into) Cell(int pixel, int size)
    {
        double position = (pixel + 0.5) / size * (Nodes - 1);
        int cell = Math.Min((int)position, Nodes - 2);
        double t = position - cell;
        return (cell, t * t * (3 - 2 * t));
    }
}
