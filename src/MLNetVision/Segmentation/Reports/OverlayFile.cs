using MLNetVision.Imaging.Pictures.Writing;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Writes overlays with a mark by which they are known again, so that only they are ever written over.</summary>
internal static class OverlayFile
{
    /// <summary>Writes an overlay.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name without ending; another is found where a file of this name is no overlay, such as the picture itself.</param>
    /// <param name="taken">The files that were written before, which are kept too.</param>
    /// <param name="png">Its content.</param>
    /// <returns>The file.</returns>
    public static string Write(string folder, string name, HashSet<string> taken, byte[] png)
    {
        string file = Path.Combine(folder, name + ".png");
        for (int attempt = 1; taken.Contains(file) || !MarkedPng.Overlays.MayWrite(file); attempt++)
        {
            file = Path.Combine(folder, attempt == 1 ? $"{name}-overlay.png" : $"{name}-overlay-{attempt}.png");
        }

        MarkedPng.Overlays.Write(file, png);
        taken.Add(file);
        return file;
    }
}
