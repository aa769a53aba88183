using System.Collections.Concurrent;
using System.IO.Compression;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Models.Common.Hub;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Pretrained;

/// <summary>Every form of a model's name is told in one place.</summary>
[TestClass]
public sealed class PretrainedSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HubOptions _offline;

    public PretrainedSourceTests() => _offline = new HubOptions { CacheFolder = _folder["cache"], IsOffline = true };

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Resolve_Folder_IsOne()
    {
        Save("m");
        PretrainedSource source = PretrainedSource.Resolve(_folder["m"], _offline);
        Assert.AreEqual((PretrainedSourceKind.Folder, _folder["m"], _folder["m"]), (source.Kind, source.Path, source.Name));
        using PretrainedFolder opened = source.Open();
        Assert.IsNotNull(opened.ConfigJson);
    }

    [TestMethod]
    public void Resolve_FolderThatAModelIdCouldName_ComesFirst()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder["m"]);
        Save("m");
        Assert.AreEqual(PretrainedSourceKind.Folder, PretrainedSource.Resolve(relative, _offline).Kind);
    }

    [TestMethod]
    public void Resolve_WeightsFile_IsOneWithItsConfigBeside()
    {
        Save("m");
        PretrainedSource source = PretrainedSource.Resolve(_folder["m/model.safetensors"], _offline);
        Assert.AreEqual(PretrainedSourceKind.WeightsFile, source.Kind);
        using PretrainedFolder opened = source.Open();
        Assert.IsNotNull(opened.ConfigJson);
    }

    [TestMethod]
    public void Resolve_HalfFinishedSwap_IsSeenInEveryForm()
    {
        Save("m");
        string weights = _folder["m/model.safetensors"];

        // As a process leaves it that dies between the two moves.
        Directory.Move(_folder["m"], _folder[".m.previous"]);
        Assert.AreEqual(PretrainedSourceKind.Folder, PretrainedSource.Resolve(_folder["m"], _offline).Kind);
        Assert.AreEqual(PretrainedSourceKind.Folder, PretrainedSource.Resolve(_folder["m"] + Path.DirectorySeparatorChar, _offline).Kind);
        Assert.AreEqual(PretrainedSourceKind.WeightsFile, PretrainedSource.Resolve(weights, _offline).Kind);
        foreach (string name in new[] { _folder["m"], weights })
        {
            using var model = LevitForImageClassification.FromPretrained(name, new PretrainedOptions { Hub = _offline });
            Assert.AreEqual(LevitGolden.TinyConfig.NumLabels, LevitCheckpoint.Open(name).Config.NumLabels);
        }

        using LevitClassifier classifier = LevitClassifier.FromPretrained(_folder["m"]);
        Assert.AreEqual(LevitGolden.TinyConfig.NumLabels, LevitConfig.FromFile(_folder["m"]).NumLabels);
        Assert.AreEqual(classifier.Preprocessing, LevitImageProcessor.FromPretrained(_folder["m"]).Config);
        Assert.AreEqual(classifier.Preprocessing, LevitImageProcessorConfig.FromFile(Path.Combine(_folder["m"], "preprocessor_config.json")));

        // Writing goes on from there.
        FolderSwap.Replace(_folder["m"], _ => false, _ => { });
        Assert.IsTrue(File.Exists(weights));
    }

    [TestMethod]
    [DataRow("TransformerChain/Transform_000/Model.key")]
    [DataRow("TransformerChain\\Model.key")]
    public void Resolve_MLNetModelFile_IsToldByItsContent(string entry)
    {
        string file = _folder["anything.bin"];
        WriteZip(file, entry);
        PretrainedSource source = PretrainedSource.Resolve(file, _offline);
        Assert.AreEqual(PretrainedSourceKind.MLNetModelFile, source.Kind);
        foreach (Action use in new Action[] { () => source.Open(), () => LevitForImageClassification.FromPretrained(file) })
        {
            InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(use);
            Assert.Contains("model file of ML.NET", e.Message);
            Assert.Contains("Model.SavePretrained", e.Message);
        }

        // Pipelines read such files, and this one is broken.
        foreach (Action use in new Action[] { () => LevitClassifier.FromPretrained(file), () => Mask2FormerSegmenter.FromPretrained(file) })
        {
            InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(use);
            Assert.Contains($"'{file}' looks like a model file of ML.NET", e.Message);
            Assert.Contains(entry, e.Message);
        }
    }

    [TestMethod]
    public void Resolve_FixturesOfReleasedVersions_AreMLNetModelFiles()
    {
        string[] files = Directory.GetFiles(Path.Combine(Goldens.RepositoryFolder(), "tests", "fixtures"), "*.zip", SearchOption.AllDirectories);
        Assert.IsNotEmpty(files);
        Assert.IsTrue(files.All(file => PretrainedSource.Resolve(file, _offline).Kind == PretrainedSourceKind.MLNetModelFile));
    }

    [TestMethod]
    public void Resolve_OtherZipFile_IsAWeightsFile()
    {
        WriteZip(_folder["torch.bin"], "archive/data.pkl");
        File.WriteAllText(_folder["broken.bin"], "PK but no directory");
        Assert.AreEqual(PretrainedSourceKind.WeightsFile, PretrainedSource.Resolve(_folder["torch.bin"], _offline).Kind);
        Assert.AreEqual(PretrainedSourceKind.WeightsFile, PretrainedSource.Resolve(_folder["broken.bin"], _offline).Kind);
    }

    [TestMethod]
    [DataRow("missing/folder/deeper")]
    [DataRow("./missing")]
    [DataRow("missing/")]
    [DataRow("../missing")]
    [DataRow("~/missing")]
    [DataRow("my models/levit")]
    [DataRow("org/model.safetensors")]
    [DataRow("model.zip")]
    [DataRow("C:\\models\\levit")]
    public void Resolve_WhatCanOnlyBeAMistypedPath_SaysSoAndAsksNobody(string name)
    {
        FileNotFoundException e = Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedSource.Resolve(name, _offline));
        Assert.Contains(Path.GetFullPath(name), e.Message);
        Assert.Contains("no model id", e.Message);
    }

    [TestMethod]
    public void Resolve_MistypedPath_NamesThePartThatExists()
    {
        Save("models/levit");
        FileNotFoundException e = Assert.ThrowsExactly<FileNotFoundException>(() => PretrainedSource.Resolve(_folder["models/lewit"], _offline));
        Assert.Contains($"'{_folder["models"]}' exists", e.Message);
    }

    [TestMethod]
    [DataRow("Digits.mlnt", "Digits.mlnet", DisplayName = "an ending of a file, nearly")]
    [DataRow("checkpont", "checkpoint", DisplayName = "a folder")]
    [DataRow("Digist.mlnet", "Digits.mlnet", DisplayName = "letters exchanged")]
    public async Task ResolveAsync_TypoInAFolderThatExists_NamesWhatIsNearAndAsksNobody(string name, string near)
    {
        await using HubServer server = await ServeAsync();
        string folder = $"typos{Guid.NewGuid():N}", full = Path.Combine(Environment.CurrentDirectory, folder);
        Directory.CreateDirectory(Path.Combine(full, "checkpoint"));
        try
        {
            File.WriteAllText(Path.Combine(full, "Digits.mlnet"), "a model");
            FileNotFoundException e = await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => PretrainedSource.ResolveAsync($"{folder}/{name}", Online(server)));
            Assert.Contains($"Did you mean '{Path.Combine(folder, near)}'?", e.Message);
            Assert.IsEmpty(server.Requests);
            e = await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => PretrainedSource.ResolveAsync($"{folder}/levit-256", Online(server)));
            Assert.Contains("is not taken for the id of a model", e.Message);
            Assert.IsEmpty(server.Requests);
        }
        finally
        {
            Directory.Delete(full, recursive: true);
        }
    }

    [TestMethod]
    public async Task ResolveAsync_IdInTheCache_IsTakenAlsoWhereAFolderIsCalledLikeItsOwner()
    {
        await using HubServer server = await ServeAsync();
        string owner = $"owner{Guid.NewGuid():N}", full = Path.Combine(Environment.CurrentDirectory, owner);
        await PretrainedSource.ResolveAsync($"{owner}/tiny", Online(server));
        Directory.CreateDirectory(full);
        try
        {
            Assert.AreEqual(PretrainedSourceKind.Folder, (await PretrainedSource.ResolveAsync($"{owner}/tiny", _offline)).Kind);
        }
        finally
        {
            Directory.Delete(full);
        }
    }

    [TestMethod]
    public void FromPretrained_TheOtherNetwork_SaysWhatItIsAndWhatLoadsIt()
    {
        Save("m");
        string segments = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");
        string levit = Assert.ThrowsExactly<InvalidDataException>(() => Mask2FormerSegmenter.FromPretrained(_folder["m"])).Message;
        Assert.Contains("holds a LeViT, which classifies pictures; expected a Mask2Former, which segments pictures. LevitClassifier loads it", levit);
        string scenes = Assert.ThrowsExactly<InvalidDataException>(() => LevitClassifier.FromPretrained(segments)).Message;
        Assert.Contains("holds a Mask2Former, which segments pictures; expected a LeViT, which classifies pictures. Mask2FormerSegmenter loads it", scenes);
    }

    [TestMethod]
    [DataRow("levit")]
    [DataRow("levit-128S")]
    [DataRow("gpt2")]
    public async Task ResolveAsync_OneWord_IsAMissingFolderAndNoModel(string name)
    {
        await using HubServer server = await ServeAsync();
        FileNotFoundException e = await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => PretrainedSource.ResolveAsync(name, Online(server)));
        StringAssert.StartsWith(e.Message, "There is no file or folder");
        Assert.Contains($"current directory '{Environment.CurrentDirectory}'", e.Message);
        Assert.Contains("facebook/levit-256", e.Message);
        Assert.IsEmpty(server.Requests);
    }

    [TestMethod]
    public void Resolve_PossibleIdThatNobodyHas_NamesTheFolderToo()
    {
        HubException e = Assert.ThrowsExactly<HubException>(() => PretrainedSource.Resolve("artifacts/lewit", _offline));
        Assert.AreEqual(HubError.Unreachable, e.Error);
        StringAssert.StartsWith(e.Message, $"There is no file or folder '{Path.GetFullPath("artifacts/lewit")}'");
        Assert.Contains(_folder["cache"], e.Message);
    }

    [TestMethod]
    public async Task ResolveAsync_ModelId_DownloadsWithProgress()
    {
        await using HubServer server = await ServeAsync();
        var progress = new Progress();
        PretrainedSource source = await PretrainedSource.ResolveAsync("org/tiny", Online(server), progress);
        Assert.AreEqual(PretrainedSourceKind.Folder, source.Kind);
        Assert.IsTrue(File.Exists(Path.Combine(source.Path, "model.safetensors")));
        Assert.Contains("model.safetensors", progress.Reports.Select(report => report.File));

        using LevitClassifier classifier = await LevitClassifier.FromPretrainedAsync("org/tiny", new PipelineOptions { Hub = Online(server) }, progress);
        Assert.AreEqual(LevitGolden.TinyConfig.NumLabels, classifier.ClassNames.Count);
    }

    [TestMethod]
    public async Task ResolveAsync_Cancelled_Stops()
    {
        await using HubServer server = await ServeAsync();
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress { OnReport = _ => cancellation.Cancel() };
        await Assert.ThrowsAsync<OperationCanceledException>(() => PretrainedSource.ResolveAsync("org/tiny", Online(server), progress, cancellation.Token));
        Assert.IsNotEmpty(progress.Reports);

        // Also where there is nothing to download.
        Save("m");
        await Assert.ThrowsAsync<OperationCanceledException>(() => PretrainedSource.ResolveAsync(_folder["m"], _offline, null, cancellation.Token));
        await Assert.ThrowsAsync<OperationCanceledException>(() => LevitClassifier.FromPretrainedAsync(_folder["m"], null, null, cancellation.Token));
    }

    private static void WriteZip(string file, string entry)
    {
        using ZipArchive zip = ZipFile.Open(file, ZipArchiveMode.Create);
        using Stream content = zip.CreateEntry(entry).Open();
        content.WriteByte(0);
    }

    private void Save(string name)
    {
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        model.SavePretrained(_folder[name], new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(LevitGolden.TinyConfig.ImageSize).ToJson() });
    }

    private async Task<HubServer> ServeAsync()
    {
        HubServer server = await HubServer.StartAsync();
        Save("served");
        foreach (string file in Directory.GetFiles(_folder["served"]))
        {
            server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }

        return server;
    }

    private HubOptions Online(HubServer server) => new() { CacheFolder = _folder["cache"], Endpoint = server.Address, Token = string.Empty, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Unlike the framework's, reports on the caller's thread.</summary>
    private sealed class Progress : IProgress<HubProgress>
    {
        public ConcurrentQueue<HubProgress> Reports { get; } = [];

        public Action<HubProgress>? OnReport { get; init; }

        public void Report(HubProgress value)
        {
            Reports.Enqueue(value);
            OnReport?.Invoke(value);
        }
    }
}
