using Mono.Cecil;

namespace MLNetVision.Tests.Architecture;

/// <summary>The libraries as built: which file declares which types, and uses which. A nested type, written or made by the compiler, is its outermost type's part.</summary>
internal sealed class Libraries
{
    private static readonly Lazy<Libraries> Lazy = new(() => new Libraries(SourceTree.Projects));

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    private Libraries(IReadOnlyList<string> projects)
    {
        var uses = new HashSet<TypeUse>();
        var outside = new HashSet<(string, string)>();
        var types = new List<(string Name, IReadOnlyList<string> Files)>();
        (ModuleDefinition Module, TypeFiles Files)[] built = [.. projects.Select(project =>
        {
            string path = Path.Combine(AppContext.BaseDirectory, project + ".dll");
            return (ModuleDefinition.ReadModule(path), new TypeFiles(path, project));
        })];
        foreach ((ModuleDefinition module, TypeFiles files) in built)
        {
            foreach (TypeDefinition type in module.Types)
            {
                string[] declaring = [.. WithNested(type).SelectMany(part => files.OfType(part.MetadataToken.ToInt32())).Distinct().Order(StringComparer.Ordinal)];
                if (declaring.Length > 0)
                {
                    types.Add((type.FullName, declaring));
                    _files[type.FullName] = declaring[0];
                }
            }
        }

        foreach ((ModuleDefinition module, TypeFiles files) in built)
        {
            foreach (TypeDefinition type in module.Types.Where(type => _files.ContainsKey(type.FullName)))
            {
                foreach ((TypeReference used, MethodDefinition? by) in WithNested(type).SelectMany(TypeReferences.Of))
                {
                    string file = (by is null ? null : files.OfMethod(by.MetadataToken.ToInt32())) ?? _files[type.FullName];
                    string name = Outermost(used).FullName;
                    if (_files.TryGetValue(name, out string? other))
                    {
                        uses.Add(new TypeUse(file, Outermost(used).Name, other));
                    }
                    else if (used.Scope is AssemblyNameReference assembly)
                    {
                        outside.Add((file, assembly.Name));
                    }
                }
            }

            module.Dispose();
        }

        Types = types;
        Uses = [.. uses.Where(use => use.File != use.TypeFile).OrderBy(use => use.File, StringComparer.Ordinal).ThenBy(use => use.Type, StringComparer.Ordinal)];
        Outside = [.. outside.Order()];
    }

    public static Libraries Built => Lazy.Value;

    /// <summary>The outermost types that were written, by full name, each with its files.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Files)> Types { get; }

    public IReadOnlyList<TypeUse> Uses { get; }

    /// <summary>The assemblies that are not ours, by the files that name their types.</summary>
    public IReadOnlyList<(string File, string Assembly)> Outside { get; }

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => [type, .. type.NestedTypes.SelectMany(WithNested)];

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
