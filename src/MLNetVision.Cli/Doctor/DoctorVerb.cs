using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Doctor;

/// <summary>The verb doctor.</summary>
internal static class DoctorVerb
{
    public static Verb Create() => new(
        "doctor", "Examines the machine: what there is, whether it computes what it should, and how to mend what is wrong.",
        ["mlnetvision doctor", "mlnetvision doctor --libtorch venv/lib/python3.12/site-packages/torch/lib", "mlnetvision doctor --json"],
        command =>
        {
            LibTorchOption option = LibTorchOption.AddTo(command);
            return (parsed, context) => Task.FromResult(DoctorRun.Run(option.Of(parsed), context));
        });
}
