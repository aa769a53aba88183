using System.Reflection;
using TorchSharp;

namespace MLNetVision.Models.Training.Records;

/// <summary>The versions of what a model was trained with.</summary>
internal static class LibraryVersions
{
    /// <summary>This library's, TorchSharp's, libtorch's and .NET's.</summary>
    public static IReadOnlyDictionary<string, string> Current { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["MLNetVision"] = Of(typeof(LibraryVersions)),
        ["TorchSharp"] = Of(typeof(torch)),
        ["libtorch"] = torch.__version__,
        [".NET"] = Environment.Version.ToString(),
    };

    /// <summary>The version of a type's assembly, as its package has it.</summary>
    public static string Of(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";

    /// <summary>These versions and one more.</summary>
    public static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> versions, string name, Type type) =>
        new SortedDictionary<string, string>(versions.ToDictionary(), StringComparer.Ordinal) { [name] = Of(type) };
}
