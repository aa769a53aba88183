using System.Text;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Pictures.Decoding;

[TestClass]
public sealed class ForeignContentTests
{
    [TestMethod]
    [DataRow("", "it is empty.")]
    [DataRow("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "it is a HEIC picture; save it as JPEG or PNG.")]
    [DataRow("\0\0\0\u0020ftypavif\0\0\0\0avifmif1", "it is an AVIF picture; save it as JPEG or PNG.")]
    [DataRow("\0\0\0\u0020ftypisom\0\0\u0002\0", "it is a film.")]
    [DataRow("II*\0\u0008\0\0\0", "it is a TIFF file, or a camera's raw one; save it as JPEG or PNG.")]
    [DataRow("\u00FF\u00D8\u00FF", "it begins as a JPEG does and is damaged.")]
    [DataRow("RIFF", "it is a text.")]
    [DataRow("RIFF\u0010\0\0\0WEBPxxxx", "it begins as a WebP file does and is damaged.")]
    [DataRow("\n <!DOCTYPE html><html>403", "it is a page of the web.")]
    [DataRow("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "it is an SVG drawing.")]
    [DataRow("version https://git-lfs.github.com/spec/v1\noid sha256:0", "it is a pointer of Git LFS")]
    [DataRow("%PDF-1.7", "it is a PDF.")]
    [DataRow("hello", "it is a text.")]
    [DataRow("\u0001\u0002\u0003\u0000\u00FE", "its content is of no known kind.")]
    public void Decode_WhatIsNoPicture_SaysWhatItIs(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Encoding.Latin1.GetBytes(content);
        File.WriteAllBytes(folder["a.jpg"], bytes);
        foreach (Action read in (Action[])[() => ImageDecoder.Decode(folder["a.jpg"]), () => ImageDecoder.ReadSize(folder["a.jpg"]), () => ImageDecoder.Decode(bytes), () => ImageDecoder.ReadSize(bytes)])
        {
            Assert.Contains($"is not a picture that can be read (JPEG, PNG, WebP, BMP and GIF can): {expected}", Assert.ThrowsExactly<InvalidDataException>(read).Message);
        }
    }

    [TestMethod]
    [DataRow("\0\0\0\u0018ftypheic\0\0\0\0mif1heic")]
    [DataRow("RIFF\u0010\0\0\0WEBPVP8 ")]
    [DataRow("\0\0\0\u000CJXL \r\n\u0087\n")]
    [DataRow("GIF89a\u0001\0")]
    public void Decode_FileThatBreaksOffAnywhere_IsRefused(string content)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(content);
        for (int length = 0; length <= bytes.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => ImageDecoder.ReadSize(bytes.AsSpan(0, length).ToArray()), $"{length} bytes");
        }
    }
}
