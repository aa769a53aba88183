using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using TorchSharp;

namespace MLNetVision.Benchmarks;

/// <summary>The stages of scoring picture files, each by itself, on as many threads as the library uses for it.</summary>
internal sealed class PipelineStages : IDisposable
{
    private readonly LevitImageProcessor _processor = new();
    private readonly LevitInference _model;
    private readonly string[][] _batches;
    private readonly byte[][] _encoded;
    private readonly RgbImage[][] _decoded;
    private readonly torch.Tensor _input;

    /// <param name="architecture">A preset of LeViT.</param>
    /// <param name="batchSize">The pictures of a batch.</param>
    /// <param name="files">The picture files.</param>
    public PipelineStages(string architecture, int batchSize, IReadOnlyList<string> files)
    {
        using var generator = new torch.Generator(1);
        using var model = new LevitForImageClassification(LevitPresets.Get(architecture), LevitInitialization.HuggingFace, generator);
        _model = LevitInference.FromWeights(model.Config, model.state_dict());
        _batches = [.. files.Chunk(batchSize)];
        _encoded = [.. files.Select(File.ReadAllBytes)];
        _decoded = [.. _batches.Select(batch => batch.Select(file => ImageDecoder.Decode(file)).ToArray())];
        _input = _processor.Process([.. _decoded[0].Select(image => ImageSource.FromImage(image))]);
    }

    public void ReadFiles()
    {
        foreach (string[] batch in _batches)
        {
            foreach (string file in batch)
            {
                GC.KeepAlive(File.ReadAllBytes(file));
            }
        }
    }

    public void Decode()
    {
        foreach (byte[][] batch in _encoded.Chunk(_batches[0].Length))
        {
            Parallel.ForEach(batch, encoded => GC.KeepAlive(ImageDecoder.Decode(encoded)));
        }
    }

    public void Preprocess()
    {
        foreach (RgbImage[] batch in _decoded)
        {
            _processor.Process([.. batch.Select(image => ImageSource.FromImage(image))]).Dispose();
        }
    }

    /// <summary>The model over as many whole batches as there are pictures for.</summary>
    public void RunModel()
    {
        using var mode = torch.inference_mode();
        foreach (string[] batch in _batches)
        {
            using torch.Tensor input = _input.narrow(0, 0, batch.Length);
            _model.Score(input).Dispose();
        }
    }

    /// <summary>Every batch is prepared, then scored, before the next one is touched.</summary>
    public void RunInTurn()
    {
        using var mode = torch.inference_mode();
        foreach (string[] batch in _batches)
        {
            using torch.Tensor input = _processor.Process([.. batch.Select(ImageSource.FromFile)]);
            _model.Score(input).Dispose();
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _model.Dispose();
    }
}
