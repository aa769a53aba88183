using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Peers;

/// <summary>A loaded peer: an action that runs it once on a fixed input, and its outputs.</summary>
internal interface IPeerEngine : IDisposable
{
    /// <summary>Runs the model once and forgets the outputs.</summary>
    void Run();

    /// <summary>Runs the model once and copies its outputs.</summary>
    IReadOnlyList<float[]> Outputs();
}

/// <summary>ONNX Runtime, all graph optimisations, sequential execution.</summary>
internal sealed class OnnxEngine : IPeerEngine
{
    private readonly InferenceSession _session;
    private readonly OrtValue _input;
    private readonly RunOptions _options = new();

    public OnnxEngine(string path, float[] input, long[] shape, int threads)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        _session = new InferenceSession(path, options);
        _input = OrtValue.CreateTensorValueFromMemory(input, shape);
    }

    public void Run()
    {
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, [_session.InputNames[0]], [_input], _session.OutputNames);
    }

    public IReadOnlyList<float[]> Outputs()
    {
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, [_session.InputNames[0]], [_input], _session.OutputNames);
        return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    public void Dispose()
    {
        _session.Dispose();
        _input.Dispose();
        _options.Dispose();
    }
}

/// <summary>TorchScript in libtorch.</summary>
internal sealed class TorchScriptEngine(string path, Tensor input) : IPeerEngine
{
    private readonly jit.ScriptModule _module = Load(path);

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        using var mode = inference_mode();
        _module.call(input);
    }

    public IReadOnlyList<float[]> Outputs()
    {
        using DisposeScope scope = NewDisposeScope();
        using var mode = inference_mode();
        return _module.call(input) switch
        {
            Tensor tensor => [[.. tensor.contiguous().data<float>()]],
            (Tensor first, Tensor second) => [[.. first.contiguous().data<float>()], [.. second.contiguous().data<float>()]],
            object other => throw new InvalidDataException($"'{path}' returned a {other.GetType()}."),
        };
    }

    public void Dispose() => _module.Dispose();

    private static jit.ScriptModule Load(string path)
    {
        jit.ScriptModule module = jit.load(path);
        module.eval();
        return module;
    }
}
