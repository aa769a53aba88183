using MLNetVision.Cli.Data;
using MLNetVision.Cli.Doctor;
using MLNetVision.Cli.Evaluate;
using MLNetVision.Cli.Predict;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli;

/// <summary>The verbs. Each names its options only; what it does, and all that it needs for that, is loaded when it runs.</summary>
internal static class Verbs
{
    public static Verb[] Create() => [PredictVerb.Create(), EvaluateVerb.CreateEvaluate(), EvaluateVerb.CreateReport(), DataVerb.Create(), DoctorVerb.Create()];
}
