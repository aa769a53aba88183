using System.Security.Cryptography;

namespace MLNetVision.Tests.Support;

/// <summary>Models as huggingface_hub leaves them in its cache: files under their hashes, and links to them in a snapshot.</summary>
internal static class HubCacheLayout
{
    private const string Commit = "0123456789012345678901234567890123456789";

    /// <summary>Adds a model.</summary>
    /// <param name="cache">The cache folder.</param>
    /// <param name="id">The model's id.</param>
    /// <param name="save">Writes its files into a folder.</param>
    public static void Add(string cache, string id, Action<string> save)
    {
        string model = Path.Combine(cache, "models--" + id.Replace("/", "--", StringComparison.Ordinal));
        string snapshot = Path.Combine(model, "snapshots", Commit);
        foreach (string folder in new[] { "refs", "blobs" })
        {
            Directory.CreateDirectory(Path.Combine(model, folder));
        }

        File.WriteAllText(Path.Combine(model, "refs", "main"), Commit);
        save(snapshot);
        foreach (string file in Directory.GetFiles(snapshot))
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            File.Move(file, Path.Combine(model, "blobs", hash), overwrite: true);
            if (OperatingSystem.IsWindows())
            {
                File.Copy(Path.Combine(model, "blobs", hash), file); // as huggingface_hub does where links need rights
            }
            else
            {
                File.CreateSymbolicLink(file, Path.Combine("..", "..", "blobs", hash));
            }
        }
    }
}
