using static TorchSharp.torch;

namespace PretrainScenes;

/// <summary>Pictures with the truth of every pixel.</summary>
/// <param name="Side">The height and width.</param>
/// <param name="Pixels">Uint8, (batch, side, side, 3).</param>
/// <param name="Classes">Int64, (batch, side, side): the class of each pixel's segment.</param>
/// <param name="Cells">Int64, (batch, side, side): the grid cell of the middle of each pixel's thing; −100 for stuff.</param>
internal sealed record PaintedBatch(int Side, Tensor Pixels, Tensor Classes, Tensor Cells) : IDisposable
{
    public void Dispose()
    {
        Pixels.Dispose();
        Classes.Dispose();
        Cells.Dispose();
    }
}

/// <summary>Small pictures around one thing each.</summary>
/// <param name="Pixels">Uint8, (batch, side, side, 3).</param>
/// <param name="Things">Int64, (batch): the class of the thing in the middle.</param>
/// <param name="Stuff">Float, (batch, kinds of stuff): 1 where the kind covers a tenth of the picture or more, else 0.</param>
internal sealed record CropBatch(Tensor Pixels, Tensor Things, Tensor Stuff) : IDisposable
{
    public void Dispose()
    {
        Pixels.Dispose();
        Things.Dispose();
        Stuff.Dispose();
    }
}
