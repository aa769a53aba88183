using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNetVision.Internals;

/// <summary>What ML.NET's hosts know but do not publish.</summary>
internal static class HostAccess
{
    /// <summary>The environment that a catalog belongs to.</summary>
    public static IHostEnvironment EnvironmentOf(object catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return ((IInternalCatalog)catalog).Environment;
    }

    /// <summary>The environment of the catalog behind <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
    public static IHostEnvironment EnvironmentOf(MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return ((IInternalCatalog)trainers).Environment;
    }

    /// <summary>Throws if the environment was told to stop.</summary>
    /// <exception cref="OperationCanceledException">Execution was cancelled.</exception>
    public static void CheckAlive(IHostEnvironment environment) => environment.CheckAlive();

    /// <summary>Whether the environment was told to stop.</summary>
    public static bool IsCancelled(IHostEnvironment environment) => environment is ICancelable { IsCanceled: true };

    /// <summary>What writes warnings into the environment's log.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="channel">What they are about, which the log names.</param>
    public static Action<string> Warning(IHostEnvironment environment, string channel) => text =>
    {
        using IChannel log = environment.Register("MLNetVision").Start(channel);
        log.Warning(MessageSensitivity.UserData, "{0}", text);
    };

    /// <summary>The seed that the <see cref="MLContext"/> was made with.</summary>
    public static int? SeedOf(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.Seed;

    /// <summary>The GPU that was asked for, and whether the CPU may stand in for it.</summary>
    public static (int? GpuDeviceId, bool FallbackToCpu) DeviceWishOf(IHostEnvironment environment) =>
        environment is IHostEnvironmentInternal host ? (host.GpuDeviceId, host.FallbackToCpu) : (null, false);

    /// <summary>A trainer that neither needs normalised data nor a cache, and that takes validation data.</summary>
    public static TrainerInfo TrainerInfo() => new(normalization: false, calibration: false, caching: false, supportValid: true);
}
