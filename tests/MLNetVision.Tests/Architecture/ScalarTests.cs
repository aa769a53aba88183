using Microsoft.ML;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Config;
using Mono.Cecil;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Architecture;

/// <summary>
/// No number of ours is left to the finalizer, which could free it under the native call that reads it: nothing but
/// <see cref="TensorNumbers"/> makes a scalar, itself or by a method of TorchSharp.
/// </summary>
[TestClass]
public sealed class ScalarTests
{
    private static ModuleDefinition _torchSharp = null!;
    private static ScalarMakers _makers = null!;

    [ClassInitialize]
    public static void ReadTorchSharp(TestContext context)
    {
        _torchSharp = Read(typeof(Tensor));
        _makers = new ScalarMakers(_torchSharp);
    }

    [TestMethod]
    [DataRow(typeof(SwinConfig))]
    [DataRow(typeof(LevitCatalog))]
    public void Library_ItsCalls_MakeNoScalarOutsideOfOneClass(Type type)
    {
        string[] calls = [.. _makers.CallsIn(Read(type), outermost => outermost.Name != nameof(TensorNumbers))];
        Assert.IsEmpty(calls, $"These leave numbers to the finalizer; {nameof(TensorNumbers)} has calls that do not:\n{string.Join('\n', calls)}");
    }

    [TestMethod]
    public void Library_LayersWhoseForwardMakesScalars_AreTheNormsThatItRunsItself()
    {
        // Common/Layers/BatchNormalization runs them; a layer that is called runs its own forward.
        string[] layers = [.. _makers.LayersIn(Read(typeof(SwinConfig))).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(new[] { "BatchNorm", "BatchNorm1d", "BatchNorm2d" }, layers);
        Assert.IsEmpty(_makers.LayersIn(Read(typeof(LevitCatalog))));
    }

    [TestMethod]
    [DataRow("op_Addition", 2)]
    [DataRow("add_", 1)]
    [DataRow("softplus", 2)]
    [DataRow("square", 0)]
    public void Scan_KnownMakers_AreFound(string name, int parameters)
    {
        TypeDefinition tensor = _torchSharp.GetType("TorchSharp.torch").NestedTypes.Single(type => type.Name == nameof(Tensor));
        MethodDefinition[] methods = [.. tensor.Methods.Where(method => method.Name == name && method.Parameters.Count == parameters)];
        Assert.IsNotEmpty(methods);
        Assert.IsTrue(methods.All(_makers.Contains), name);
    }

    [TestMethod]
    public void Scan_CallsThatMakeScalars_AreFoundAndOthersAreNot()
    {
        string[] calls = [.. _makers.CallsIn(Read(typeof(Careless)), outermost => outermost.Name == nameof(ScalarTests))];
        Assert.HasCount(3, calls, string.Join('\n', calls));
        Assert.HasCount(1, calls.Where(call => call.Contains(nameof(Careless.Sum), StringComparison.Ordinal)));
        Assert.HasCount(1, calls.Where(call => call.Contains(nameof(Careless.First), StringComparison.Ordinal)));
        Assert.HasCount(1, calls.Where(call => call.Contains(nameof(Careless.Later), StringComparison.Ordinal)));
    }

    private static ModuleDefinition Read(Type type)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        return ModuleDefinition.ReadModule(type.Assembly.Location, new ReaderParameters { AssemblyResolver = resolver });
    }

    /// <summary>What the scan must find, and what it must not.</summary>
    private static class Careless
    {
        public static Tensor Sum(Tensor a, Tensor b) => a + b;

        public static double First(Tensor a) => a.ToDouble();

        public static Func<Tensor> Later(Tensor a) => () => a * 2;

        public static Tensor Product(Tensor a, Tensor b) => a * b;
    }
}
