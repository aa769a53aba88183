using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML;
using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;

namespace MLNetVision.Tests.MLNetTorchSharp;

/// <summary>Microsoft.ML.TorchSharp with its calls of the one method that TorchSharp has changed since it was built put right.</summary>
/// <remarks>
/// Microsoft.ML.TorchSharp 0.23.1 was built with TorchSharp 0.102.7. Of the members that it names, 0.107 lacks one:
/// functional.interpolate, which has a parameter more. Object detection calls it in every pass. The copy, in which the
/// parameter's default is given, is loaded beside the package's own assembly, so its types are reached by reflection.
/// </remarks>
internal sealed class AdaptedDetection
{
    private const string Changed = "interpolate";
    private readonly Assembly _assembly;

    private AdaptedDetection(Assembly assembly) => _assembly = assembly;

    /// <summary>The members of TorchSharp that the assembly names and TorchSharp does not have.</summary>
    public static IReadOnlyList<string> MissingMembers()
    {
        using AssemblyDefinition torchSharps = Read();
        return [.. torchSharps.MainModule.GetMemberReferences()
            .Where(member => member.DeclaringType?.GetElementType().Scope.Name == "TorchSharp")
            .Where(member => member switch { MethodReference method => method.Resolve() is null, FieldReference field => field.Resolve() is null, _ => false })
            .Select(member => member.FullName)];
    }

    public static AdaptedDetection Load()
    {
        using AssemblyDefinition detection = Read();
        MethodInfo now = typeof(torch.nn.functional).GetMethods().Single(method => method.Name == Changed);
        MethodReference call = detection.MainModule.ImportReference(now);
        int calls = 0;
        foreach (Mono.Cecil.Cil.MethodBody body in detection.MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody).Select(method => method.Body))
        {
            foreach (Instruction instruction in body.Instructions.Where(i => i.Operand is MethodReference { Name: Changed } method && method.Parameters.Count < call.Parameters.Count).ToArray())
            {
                ILProcessor code = body.GetILProcessor();
                for (int i = ((MethodReference)instruction.Operand).Parameters.Count; i < call.Parameters.Count; i++)
                {
                    code.InsertBefore(instruction, code.Create(OpCodes.Ldc_I4_0));
                }

                instruction.Operand = call;
                calls++;
            }
        }

        Assert.IsGreaterThan(0, calls);
        using var adapted = new MemoryStream();
        detection.Write(adapted);
        adapted.Position = 0;
        return new AdaptedDetection(new AssemblyLoadContext("adapted").LoadFromStream(adapted));
    }

    /// <summary>Writes new weights where the trainer looks for those that it would download.</summary>
    public void WriteWeights(MLContext ml, int classes)
    {
        string folder = Directory.CreateDirectory(Path.Combine(ml.TempFilePath, "mlnet")).FullName;
        Type network = _assembly.GetType("Microsoft.ML.TorchSharp.AutoFormerV2.AutoFormerV2", throwOnError: true)!;
        using var module = (torch.nn.Module)Activator.CreateInstance(
            network, classes, new List<int> { 64, 128, 256, 448 }, new List<int> { 2, 2, 6, 2 }, new List<int> { 2, 4, 8, 14 }, null)!;
        module.save(Path.Combine(folder, "autoformer_11m_torchsharp.bin"));
    }

    /// <summary>Trains ML.NET's detector for one epoch.</summary>
    public ITransformer Fit(MLContext ml, IDataView data)
    {
        Type options = _assembly.GetType("Microsoft.ML.TorchSharp.AutoFormerV2.ObjectDetectionTrainer+Options", throwOnError: true)!;
        object settings = Activator.CreateInstance(options)!;
        options.GetField("MaxEpoch")!.SetValue(settings, 1);
        options.GetField("InitLearningRate")!.SetValue(settings, 0.01);
        options.GetField("ScoreThreshold")!.SetValue(settings, 0.0);
        MethodInfo create = _assembly.GetType("Microsoft.ML.TorchSharp.TorchSharpCatalog", throwOnError: true)!.GetMethods()
            .Single(method => method.Name == "ObjectDetection" && method.GetParameters()[^1].ParameterType == options);
        object trainer = create.Invoke(null, [ml.MulticlassClassification.Trainers, settings])!;
        return (ITransformer)trainer.GetType().GetMethod("Fit", [typeof(IDataView)])!.Invoke(trainer, [data])!;
    }

    private static AssemblyDefinition Read()
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        return AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.TorchSharp.dll"), new ReaderParameters { AssemblyResolver = resolver });
    }
}
