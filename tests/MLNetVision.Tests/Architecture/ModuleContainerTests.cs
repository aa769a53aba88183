using System.Reflection;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Tests.Models.Training.Segmentation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Architecture;

/// <summary>TorchSharp 0.107 cannot move containers with several indexers to another device or type: no module of ours is one or holds one.</summary>
[TestClass]
public sealed class ModuleContainerTests
{
    [TestMethod]
    public void Modules_Declared_AreNoContainersThatCannotBeMoved()
    {
        Type[] modules = [.. typeof(TorchLibrary).Assembly.GetTypes().Where(typeof(nn.Module).IsAssignableFrom)];
        Assert.IsGreaterThan(20, modules.Length);
        string[] offenders = [.. modules.Where(CannotBeMoved).Select(type => type.Name)
            .Concat(from type in modules
                    from field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                    where TypesIn(field.FieldType).Any(CannotBeMoved)
                    select $"{type.Name}.{field.Name}")];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    [TestMethod]
    public void Modules_Built_HoldNoContainersThatCannotBeMoved()
    {
        using Mask2FormerForUniversalSegmentation segmentation = TinySegmentation.Model();
        using var classification = new LevitForImageClassification(LevitPresets.Get("levit-128S") with { Depths = [1, 1, 1] });
        string[] offenders = [.. segmentation.named_modules().Concat(classification.named_modules()).Where(item => CannotBeMoved(item.module.GetType())).Select(item => item.name)];
        CollectionAssert.AreEqual(Array.Empty<string>(), offenders);
    }

    [TestMethod]
    public void Containers_WithSeveralIndexers_AreFound()
    {
        Assert.IsTrue(CannotBeMoved(typeof(Sequential)));
        Assert.IsTrue(CannotBeMoved(typeof(ModuleDict<LayerNorm>)));
        Assert.IsTrue(CannotBeMoved(typeof(ParameterDict)));
        Assert.IsFalse(CannotBeMoved(typeof(ModuleList<LayerNorm>)));
        Assert.IsFalse(CannotBeMoved(typeof(Linear)));
    }

    private static bool CannotBeMoved(Type type) =>
        typeof(nn.Module).IsAssignableFrom(type) && type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Count(property => property.GetIndexParameters().Length > 0) > 1;

    // A type and what it is built of: elements of arrays, arguments of generic types.
    private static IEnumerable<Type> TypesIn(Type type) =>
        [type, .. (type.HasElementType ? TypesIn(type.GetElementType()!) : []), .. type.GetGenericArguments().SelectMany(TypesIn)];
}
