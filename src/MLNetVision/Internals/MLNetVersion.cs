using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MLNetVision.Internals;

/// <summary>Refuses, when the library is loaded, an ML.NET whose internals it was not tested with.</summary>
/// <remarks>
/// What a transformer needs to be saved in a model file is internal to ML.NET, so another version may lack or change it. The
/// package asks for exactly the tested version, and NuGet warns (NU1608) who takes another; this says why before a call fails
/// somewhere inside with a MissingMethodException.
/// </remarks>
internal static class MLNetVersion
{
    /// <summary>Set to true in runtimeconfig.json or by <see cref="AppContext.SetSwitch"/>, it lets other versions pass.</summary>
    public const string Switch = "MLNetVision.AllowUntestedMLNet";

    /// <summary>What is wrong with the version that was loaded; null if nothing is.</summary>
    /// <param name="tested">The version whose internals were tested.</param>
    /// <param name="loaded">The version that was loaded, perhaps with '+' and a commit behind it.</param>
    public static string? Problem(string tested, string? loaded)
    {
        string? version = loaded?.Split('+')[0];
        return version == tested
            ? null
            : $"MLNetVision uses internals of ML.NET and was tested with Microsoft.ML {tested}, but the application has {version ?? "one without a version"}. "
            + $"Reference Microsoft.ML {tested}, or set the switch {Switch} to true in runtimeconfig.json to try it at your own risk.";
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Compares two texts, before any of the internals that they are about is used.")]
    internal static void Check()
    {
        string tested = typeof(MLNetVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "MicrosoftMLVersion").Value!;
        string? loaded = typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        if (Problem(tested, loaded) is { } problem && !(AppContext.TryGetSwitch(Switch, out bool allowed) && allowed))
        {
            throw new NotSupportedException(problem);
        }
    }
}
