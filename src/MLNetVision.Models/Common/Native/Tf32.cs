using TorchSharp;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Whether NVIDIA GPUs may round the inputs of float32 products and convolutions to TF32, which has 10 bits of fraction: faster,
/// and about as exact as bfloat16. It is torch's switch, one for the process, and off here: torch itself has it on for
/// convolutions. The environment variable <see cref="VariableName"/> or the runtime setting <see cref="SettingName"/> turns it on,
/// and so does an application that sets torch's own switch for products before this library uses torch.
/// </summary>
public static class Tf32
{
    /// <summary>The environment variable: 1 or 0.</summary>
    public const string VariableName = "MLNETVISION_TF32";

    /// <summary>The setting in runtimeconfig.json: true or false.</summary>
    public const string SettingName = "MLNetVision.Tf32";

    private static readonly Lazy<bool?> Wish = new(() =>
    {
        AppContext.TryGetSwitch(SettingName, out bool setting);
        bool? set = AppContext.GetData(SettingName) is null ? null : setting;
        return Choose(Environment.GetEnvironmentVariable(VariableName), set);
    });

    private static int _applied;

    /// <summary>Whether variable or setting ask to allow it.</summary>
    /// <exception cref="InvalidOperationException">The variable and the setting contradict each other, or the variable is neither 1 nor 0.</exception>
    public static bool IsAllowed => Wish.Value ?? false;

    /// <summary>Whether torch allows it now, for products or convolutions; this loads libtorch.</summary>
    /// <exception cref="InvalidOperationException">The process asks for it and against it.</exception>
    public static bool IsOn
    {
        get
        {
            TorchLibrary.EnsureLoaded();
            return torch.backends.cuda.matmul.allow_tf32 || torch.backends.cudnn.allow_tf32;
        }
    }

    /// <summary>What variable and setting ask for together; null for nothing.</summary>
    internal static bool? Choose(string? variable, bool? setting)
    {
        bool? word = variable switch
        {
            null or "" => null,
            "1" => true,
            "0" => false,
            _ => throw new InvalidOperationException($"The environment variable {VariableName} is '{variable}'; expected 1 or 0."),
        };
        return word is null || setting is null || word == setting
            ? word ?? setting
            : throw new InvalidOperationException($"The process asks for two things at once: {VariableName} is {variable}, {SettingName} is {setting}.");
    }

    /// <summary>What the process asks for, when the application has set torch's switch for products, which torch leaves off.</summary>
    internal static bool Settle(bool? wish, bool torchHas) => torchHas && wish == false
        ? throw new InvalidOperationException($"The process asks for two things at once: {VariableName} or {SettingName} forbids TF32, and the application has set torch.backends.cuda.matmul.allow_tf32.")
        : wish ?? torchHas;

    /// <summary>Sets torch's switches, once.</summary>
    internal static void Apply()
    {
        bool? wish = Wish.Value;
        if (Volatile.Read(ref _applied) == 0)
        {
            bool allowed = Settle(wish, torch.backends.cuda.matmul.allow_tf32);
            Volatile.Write(ref _applied, 1);
            torch.backends.cuda.matmul.allow_tf32 = allowed;
            torch.backends.cudnn.allow_tf32 = allowed;
        }
    }
}
