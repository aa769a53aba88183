using Mono.Cecil;

namespace MLNetVision.Tests.Architecture;

/// <summary>The methods of TorchSharp that make a <see cref="TorchSharp.Scalar"/>, themselves or by a method that they call.</summary>
internal sealed class ScalarMakers
{
    private readonly HashSet<string> _makers = new(StringComparer.Ordinal);

    public ScalarMakers(ModuleDefinition torchSharp)
    {
        var callers = new Dictionary<string, List<MethodDefinition>>(StringComparer.Ordinal);
        var found = new Queue<MethodDefinition>();
        foreach (MethodDefinition method in Methods(torchSharp))
        {
            foreach (MethodReference callee in Callees(method))
            {
                string name = Name(callee);
                callers.TryAdd(name, []);
                callers[name].Add(method);
                if (callee.Name == ".ctor" && callee.DeclaringType.FullName == "TorchSharp.Scalar")
                {
                    found.Enqueue(method);
                }
            }
        }

        while (found.TryDequeue(out MethodDefinition? method))
        {
            if (!_makers.Add(Name(method)))
            {
                continue;
            }

            // A closure's or an iterator's body runs for whoever makes it.
            IEnumerable<string> names = IsGenerated(method.DeclaringType)
                ? method.DeclaringType.Methods.Where(other => other.IsConstructor).Select(Name).Append(Name(method)) : [Name(method)];
            names.SelectMany(name => callers.GetValueOrDefault(name, [])).ToList().ForEach(found.Enqueue);
        }
    }

    /// <summary>Whether a call makes a scalar. An override is not found by a call of what it overrides.</summary>
    public bool Contains(MethodReference method) => _makers.Contains(Name(method));

    /// <summary>The calls of an assembly that make scalars, each as "method -> callee".</summary>
    public IEnumerable<string> CallsIn(ModuleDefinition assembly, Func<TypeDefinition, bool> isChecked) =>
        Methods(assembly).Where(method => isChecked(Outermost(method.DeclaringType)))
            .SelectMany(method => Callees(method).Where(Contains).Select(callee => $"{method.DeclaringType.FullName}.{method.Name} -> {callee.FullName}"));

    /// <summary>The layers of TorchSharp that an assembly names whose forward pass makes scalars.</summary>
    public IEnumerable<string> LayersIn(ModuleDefinition assembly) =>
        assembly.GetTypeReferences().Where(type => type.Namespace == "TorchSharp.Modules")
            .Where(type => type.Resolve() is { } layer && Forward(layer) is { } forward && Contains(forward))
            .Select(type => type.Name);

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition assembly) => assembly.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<MethodReference> Callees(MethodDefinition method) => method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>();

    private static MethodDefinition? Forward(TypeDefinition? layer)
    {
        for (; layer is not null; layer = layer.BaseType?.Resolve())
        {
            if (layer.Methods.FirstOrDefault(method => method.Name == "forward" && method.HasBody) is { } forward)
            {
                return forward;
            }
        }

        return null;
    }

    private static bool IsGenerated(TypeDefinition type) => type.Name.Contains('<', StringComparison.Ordinal);

    private static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    // Of the definition: a generic method's instances are one method.
    private static string Name(MethodReference method)
    {
        MethodReference element = method.GetElementMethod();
        return element.DeclaringType is GenericInstanceType ? element.Resolve()?.FullName ?? element.FullName : element.FullName;
    }
}
