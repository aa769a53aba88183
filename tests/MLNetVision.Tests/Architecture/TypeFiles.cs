using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MLNetVision.Tests.Architecture;

/// <summary>
/// The source files of an assembly's types and methods, from its portable PDB: those of methods with bodies, and the
/// documents that the compiler lists for types without any (enumerations, interfaces).
/// </summary>
internal sealed class TypeFiles
{
    private static readonly Guid TypeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly Dictionary<int, List<string>> _types = [];
    private readonly Dictionary<int, string> _methods = [];

    /// <param name="path">The assembly; its PDB stands beside it.</param>
    /// <param name="project">Files of other folders of src, and generated ones, are nobody's.</param>
    public TypeFiles(string path, string project)
    {
        using var image = new PEReader(File.OpenRead(path));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
        MetadataReader types = image.GetMetadataReader();
        MetadataReader documents = symbols.GetMetadataReader();
        string?[] files = [null, .. documents.Documents.Select(handle => InProject(documents.GetString(documents.GetDocument(handle).Name), project))];
        foreach (TypeDefinitionHandle type in types.TypeDefinitions)
        {
            var found = new List<string>();
            _types[MetadataTokens.GetToken(type)] = found;
            foreach (MethodDefinitionHandle method in types.GetTypeDefinition(type).GetMethods())
            {
                if (files[Document(documents.GetMethodDebugInformation(method))] is { } file)
                {
                    found.Add(file);
                    _methods[MetadataTokens.GetToken(method)] = file;
                }
            }

            foreach (CustomDebugInformationHandle handle in documents.GetCustomDebugInformation(type))
            {
                CustomDebugInformation information = documents.GetCustomDebugInformation(handle);
                BlobReader blob = documents.GetBlobReader(information.Value);
                while (documents.GetGuid(information.Kind) == TypeDefinitionDocuments && blob.RemainingBytes > 0)
                {
                    if (files[blob.ReadCompressedInteger()] is { } file)
                    {
                        found.Add(file);
                    }
                }
            }
        }
    }

    /// <summary>A type's files; none for one that the compiler made.</summary>
    public IReadOnlyList<string> OfType(int token) => [.. _types[token].Distinct().Order(StringComparer.Ordinal)];

    public string? OfMethod(int token) => _methods.GetValueOrDefault(token);

    private static int Document(MethodDebugInformation method) =>
        !method.Document.IsNil ? MetadataTokens.GetRowNumber(method.Document)
        : method.SequencePointsBlob.IsNil ? 0
        : MetadataTokens.GetRowNumber(method.GetSequencePoints().First().Document);

    private static string? InProject(string document, string project)
    {
        document = document.Replace('\\', '/');
        int start = document.LastIndexOf($"/src/{project}/", StringComparison.Ordinal);
        return start < 0 || document.Contains($"/{project}/obj/", StringComparison.Ordinal) ? null : document[(start + "/src/".Length)..];
    }
}
