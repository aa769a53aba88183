using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// The dispose scope of a forward pass that users call, in loops of their own and without a scope around it: what it leaves
/// behind is given back at its end, none of it by the finalizer, which could come while native code still reads it.
/// </summary>
/// <remarks>
/// Module and input are held as well: a caller may have its last reference to them in the call. Outputs must be moved to the
/// outer scope. Leaf layers, which users do not reach, have no scope.
/// </remarks>
internal readonly ref struct ForwardScope(nn.Module module, Tensor input)
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly nn.Module _module = module;
    private readonly Tensor _input = input;

    public void Dispose()
    {
        _scope.Dispose();
        GC.KeepAlive(_module);
        GC.KeepAlive(_input);
    }
}
