using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MLNetVision.Models.Common.Hub;

/// <summary>Checks contents against the hub's ETags: the SHA-256 of a large file, or git's SHA-1 of a small one.</summary>
internal static class BlobHash
{
    /// <summary>Whether a file has the content that the ETag names; null when the ETag is not a hash.</summary>
    public static async Task<bool?> MatchesAsync(string file, string etag, CancellationToken cancellation)
    {
        bool isHash = etag.All(char.IsAsciiHexDigitLower);
        if (!isHash || etag.Length is not (64 or 40))
        {
            return null;
        }

        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(etag.Length == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (etag.Length == 40)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        }

        byte[] buffer = new byte[1 << 20];
        for (int count; (count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == etag;
    }
}
