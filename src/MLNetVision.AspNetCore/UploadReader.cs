using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace MLNetVision.AspNetCore;

/// <summary>Reads the pictures of a request into memory, and nowhere else: ASP.NET's own form reader would write large ones to the disk.</summary>
/// <param name="options">The limits.</param>
/// <param name="account">Where the bytes are counted.</param>
internal sealed class UploadReader(VisionServiceOptions options, UploadBudget.Account account)
{
    private const int Chunk = 64 << 10;
    private const int LongestName = 255;

    /// <summary>The room that a form takes around its files.</summary>
    public const long FormBytes = 64 << 10;

    /// <summary>Reads the one picture of a request.</summary>
    /// <exception cref="RefusedException">There is none, there are several, or it is too large.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow or cut off.</exception>
    public async Task<PictureUpload> ReadOneAsync(HttpRequest request, CancellationToken gone)
    {
        List<PictureUpload> pictures = await ReadAsync(request, 1, options.MaximumPictureBytes + FormBytes, () => throw BadRequest(
            "More than one picture", "The form has more than one file; /predict takes one picture, /predict/batch several."), gone).ConfigureAwait(false);
        return pictures[0].Refusal is { } refusal ? throw refusal : pictures[0];
    }

    /// <summary>Reads the pictures of a request; one that is too large is a picture with a refusal.</summary>
    /// <exception cref="RefusedException">There is none, or there are too many.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow or cut off.</exception>
    public Task<List<PictureUpload>> ReadAllAsync(HttpRequest request, CancellationToken gone) =>
        ReadAsync(request, options.MaximumBatchPictures, options.MaximumBatchBytes + FormBytes, () => throw TooLarge(
            $"The form has more than {options.MaximumBatchPictures} files, the most of one batch."), gone);

    private async Task<List<PictureUpload>> ReadAsync(HttpRequest request, int most, long bytes, Action tooMany, CancellationToken gone)
    {
        _ = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type);
        if (type is not null && (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase)))
        {
            return [await ReadPictureAsync(request.Body, string.Empty, gone).ConfigureAwait(false)];
        }

        if (type is null || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType, "Not a picture",
                $"The body's Content-Type is {(string.IsNullOrEmpty(request.ContentType) ? "not given" : $"'{Shortened(request.ContentType)}'")}; expected image/jpeg, image/png, image/webp, image/bmp or image/gif, or multipart/form-data with a file. "
                + "With curl: -F file=@photo.jpg, or --data-binary @photo.jpg -H 'Content-Type: image/jpeg'.");
        }

        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value ?? string.Empty;
        if (boundary.Length is 0 or > 70)
        {
            throw BadRequest("Not a form", "The Content-Type multipart/form-data has no boundary, or one of more than 70 characters.");
        }

        try
        {
            return await ReadFormAsync(new MultipartReader(boundary, request.Body, Chunk) { BodyLengthLimit = bytes }, most, tooMany, gone).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException && !gone.IsCancellationRequested)
        {
            throw BadRequest("Not a form", $"The form cannot be read: {e.Message}");
        }
    }

    private async Task<List<PictureUpload>> ReadFormAsync(MultipartReader reader, int most, Action tooMany, CancellationToken gone)
    {
        var pictures = new List<PictureUpload>();
        while (await reader.ReadNextSectionAsync(gone).ConfigureAwait(false) is { } section)
        {
            // A field that is no file says nothing here; the reader skips it.
            if (section.AsFileSection() is not { FileStream: { } content } file)
            {
                continue;
            }

            if (pictures.Count == most)
            {
                tooMany();
            }

            pictures.Add(await ReadPictureAsync(content, Shortened(file.FileName), gone).ConfigureAwait(false));
        }

        return pictures.Count > 0 ? pictures : throw BadRequest("No picture", "The form has no file. With curl: -F file=@photo.jpg.");
    }

    private async Task<PictureUpload> ReadPictureAsync(Stream content, string name, CancellationToken gone)
    {
        var bytes = new MemoryStream();
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            while (await content.ReadAsync(chunk.AsMemory(0, Chunk), gone).ConfigureAwait(false) is var read and > 0)
            {
                if (bytes.Length + read > options.MaximumPictureBytes)
                {
                    // What is left of it is skipped by whoever reads on.
                    return new PictureUpload(name, default, TooLarge($"The picture's file has more than {options.MaximumPictureBytes} bytes, the most that is taken."));
                }

                account.Take(read);
                bytes.Write(chunk, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        var upload = new PictureUpload(name, bytes.GetBuffer().AsMemory(0, (int)bytes.Length), null);
        return Look(upload);
    }

    // The header alone: what a picture claims is known before memory is taken for it.
    private PictureUpload Look(PictureUpload upload)
    {
        if (upload.Bytes.IsEmpty)
        {
            return upload with { Refusal = BadRequest("No picture", "The picture's file is empty.") };
        }

        try
        {
            (int width, int height) = upload.ToSource().ReadSize();
            long pixels = (long)width * height;
            return pixels <= options.MaximumPixels ? upload with { Pixels = pixels } : upload with
            {
                Refusal = TooLarge($"The picture is {width}×{height} (width×height), more than {options.MaximumPixels} pixels, the most that are taken."),
            };
        }
        catch (InvalidDataException e)
        {
            return upload with { Refusal = Unreadable(e.Message) };
        }
    }

    /// <summary>Refuses a file that is no picture.</summary>
    public static RefusedException Unreadable(string why) =>
        new(StatusCodes.Status422UnprocessableEntity, "The picture cannot be read", why);

    private static RefusedException TooLarge(string why) => new(StatusCodes.Status413PayloadTooLarge, "Too large", why);

    private static RefusedException BadRequest(string title, string why) => new(StatusCodes.Status400BadRequest, title, why);

    private static string Shortened(string text) => text.Length <= LongestName ? text : text[..LongestName] + "…";
}
