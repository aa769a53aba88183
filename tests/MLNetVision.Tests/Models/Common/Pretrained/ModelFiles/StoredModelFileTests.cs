using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Pipelines;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Pretrained.ModelFiles;

/// <summary>What ML.NET saved is read without it, and answers the same to the bit.</summary>
[TestClass]
public sealed class StoredModelFileTests
{
    private static MLContext Ml => FittedSubjects.Context;

    private static ImageSource[] Pictures => [.. Enumerable.Range(0, 4).Select(i => (ImageSource)ConformanceData.PathOf(i))];

    public static IEnumerable<object[]> Released => ReleasedModelTests.Released;

    [TestMethod]
    [DataRow(ScoringPrecision.Single)]
    [DataRow(ScoringPrecision.BFloat16)]
    public void Levit_SavedByMLNet_AnswersTheSame(ScoringPrecision precision)
    {
        using var folder = new TemporaryFolder();
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths, Pictures.Length);
        var pipeline = new EstimatorChain<ITransformer>()
            .Append(Ml.Transforms.CopyColumns("Copy", "Image"))
            .Append(Ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder, precision: precision))
            .Append(Ml.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel"));
        ITransformer model = pipeline.Fit(data);
        Ml.Model.Save(model, data.Schema, folder["model.mlnet"]);
        float[][] expected = [.. model.Transform(data).GetColumn<float[]>("Score")];
        string[] names = [.. model.Transform(data).GetColumn<string>("Name")];

        using LevitClassifier classifier = LevitClassifier.FromPretrained(folder["model.mlnet"]);
        IReadOnlyList<Classification> actual = classifier.Classify(Pictures);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], actual[i].Probabilities.ToArray());
            Assert.AreEqual(names[i], actual[i].Best.Name);
        }

        Assert.AreEqual(precision, PretrainedSource.Resolve(folder["model.mlnet"]).ReadModelFile().Network.Precision);
        Assert.AreEqual("levit", PretrainedSource.Resolve(folder["model.mlnet"]).ReadModelType());
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Instance)]
    [DataRow(SegmentationTask.Panoptic)]
    public void Mask2Former_SavedByMLNet_AnswersTheSameWithItsOptions(SegmentationTask task)
    {
        using var folder = new TemporaryFolder();
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths, Pictures.Length);
        var options = new SegmentationScoringOptions { Task = task, Threshold = 0.01, OverlapMaskAreaThreshold = 0, MaxInstances = 3, Orientation = ExifOrientation.Ignore };
        using Mask2FormerTransformer transformer = Ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder, options).Fit(data);
        Ml.Model.Save(transformer, data.Schema, folder["model.zip"]);
        SegmentationPrediction[] expected = [.. Ml.Data.CreateEnumerable<SegmentationPrediction>(transformer.Transform(data), reuseRowObject: false)];

        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(folder["model.zip"]);
        Assert.AreEqual((task, 0.01, 3), (segmenter.DefaultOptions.Task, segmenter.DefaultOptions.Threshold, segmenter.DefaultOptions.MaxInstances));
        Assert.AreEqual(ExifOrientation.Ignore, segmenter.Orientation);
        CollectionAssert.AreEqual(transformer.ClassNames.ToArray(), segmenter.ClassNames.ToArray());
        IReadOnlyList<SegmentationResult> actual = segmenter.Segment(Pictures);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i].PredictedMasks, actual[i].Segments.Select(segment => segment.Mask.ToCompressed()).ToArray());
            CollectionAssert.AreEqual(expected[i].Score, actual[i].Segments.Select(segment => segment.Score).ToArray());
        }
    }

    [TestMethod]
    public void Weights_ThatWouldFillTheDisk_AreRefusedBeforeTheyAreUnpacked()
    {
        using var folder = new TemporaryFolder();
        string version = (string)Released.First()[0];
        File.Copy(Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures", version, "model.zip"), folder["model.zip"]);
        using (ZipArchive zip = ZipFile.Open(folder["model.zip"], ZipArchiveMode.Update))
        {
            ZipArchiveEntry weights = zip.Entries.Single(entry => entry.FullName.EndsWith("model.safetensors", StringComparison.Ordinal));
            string name = weights.FullName;
            weights.Delete();
            using Stream bomb = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 300; i++)
            {
                bomb.Write(zeros);
            }
        }

        string message = Assert.ThrowsExactly<InvalidDataException>(() => StoredModelFile.Read(folder["model.zip"]).UseWeights(_ => 0)).Message;
        Assert.Contains($"{300 << 20}", message);
    }

    [TestMethod, DynamicData(nameof(Released))]
    public void Network_OfAReleasedVersion_IsRead(string version)
    {
        string file = Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures", version, "model.zip");
        StoredNetwork network = StoredModelFile.Read(file).Network;
        Assert.IsTrue(version.StartsWith(network.ModelType, StringComparison.Ordinal));
        Assert.IsNotEmpty(network.Labels);
    }

    [TestMethod]
    public void Read_PartThatMayChangePictures_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        IDataView data = ConformanceData.Create(Ml, PictureForm.Pixels, 2);
        ITransformer model = Ml.Transforms.ResizeImages("Small", 10, 10, "Image").Append(Ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder)).Fit(data);
        Ml.Model.Save(model, data.Schema, folder["model.zip"]);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => StoredModelFile.Read(folder["model.zip"])).Message;
        Assert.Contains("ImageScaler", message);
        Assert.Contains("SavePretrained", message);
    }

    [TestMethod]
    public void Read_NewerVersionOrNoNetwork_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string fixture = Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures", "mask2former-v1", "model.zip");
        File.Copy(fixture, folder["newer.zip"]);
        Change(folder["newer.zip"], "TransformerChain/Model.key", key => key[0x48] = 99);
        Assert.Contains("newer version", Assert.ThrowsExactly<InvalidDataException>(() => StoredModelFile.Read(folder["newer.zip"])).Message);

        File.Copy(fixture, folder["other.zip"]);
        Change(folder["other.zip"], "TransformerChain/Model.key", key => key[0x50] = (byte)'X');
        Assert.Contains("0 networks", Assert.ThrowsExactly<InvalidDataException>(() => StoredModelFile.Read(folder["other.zip"])).Message);

        File.Copy(fixture, folder["short.zip"]);
        Change(folder["short.zip"], "TransformerChain/Model.key", _ => { }, length: 400);
        Assert.Contains("cannot be read", Assert.ThrowsExactly<InvalidDataException>(() => StoredModelFile.Read(folder["short.zip"])).Message);
    }

    private static void Change(string file, string name, Action<byte[]> change, int? length = null)
    {
        using ZipArchive zip = ZipFile.Open(file, ZipArchiveMode.Update);
        using Stream stream = zip.GetEntry(name)!.Open();
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        change(bytes);
        stream.Position = 0;
        stream.Write(bytes, 0, length ?? bytes.Length);
        stream.SetLength(length ?? bytes.Length);
    }
}
