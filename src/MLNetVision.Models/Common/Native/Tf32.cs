using TorchSharp;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Whether NVIDIA GPUs may round the inputs of float32 products and convolutions to TF32, which has 10 bits of fraction: faster,
/// and about as exact as bfloat16. It is torch's switch, one for the process, and off here: torch itself has it on for
/// convolutions. The environment variable <see cref="VariableName"/> or the runtime setting <see cref="SettingName"/> turns it on.
/// </summary>
public static class Tf32
{
    /// <summary>The environment variable: 1 or 0.</summary>
    public const string VariableName = "MLNETVISION_TF32";

    /// <summary>The setting in runtimeconfig.json: true or false.</summary>
    public const string SettingName = "MLNetVision.Tf32";

    private static readonly Lazy<bool> Wish = new(() =>
    {
        AppContext.TryGetSwitch(SettingName, out bool setting);
        bool? set = AppContext.GetData(SettingName) is null ? null : setting;
        return Choose(Environment.GetEnvironmentVariable(VariableName), set);
    });

    private static int _applied;

    /// <summary>Whether the process was asked to allow it.</summary>
    /// <exception cref="InvalidOperationException">The variable and the setting contradict each other, or the variable is neither 1 nor 0.</exception>
    public static bool IsAllowed => Wish.Value;

    /// <summary>What variable and setting ask for together.</summary>
    internal static bool Choose(string? variable, bool? setting)
    {
        bool? word = variable switch
        {
            null or "" => null,
            "1" => true,
            "0" => false,
            _ => throw new InvalidOperationException($"The environment variable {VariableName} is '{variable}'; expected 1 or 0."),
        };
        return word is null || setting is null || word == setting
            ? word ?? setting ?? false
            : throw new InvalidOperationException($"The process asks for two things at once: {VariableName} is {variable}, {SettingName} is {setting}.");
    }

    /// <summary>Sets torch's switches, once.</summary>
    internal static void Apply()
    {
        bool allowed = IsAllowed;
        if (Interlocked.Exchange(ref _applied, 1) == 0)
        {
            torch.backends.cuda.matmul.allow_tf32 = allowed;
            torch.backends.cudnn.allow_tf32 = allowed;
        }
    }
}
