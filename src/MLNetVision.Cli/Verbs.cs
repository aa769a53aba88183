using MLNetVision.Cli.Data;
using MLNetVision.Cli.Doctor;
using MLNetVision.Cli.Evaluate;
using MLNetVision.Cli.New;
using MLNetVision.Cli.Predict;
using MLNetVision.Cli.Serve;
using MLNetVision.Cli.Shell;
using MLNetVision.Cli.Train;

namespace MLNetVision.Cli;

/// <summary>The verbs. Each names its options only; what it does, and all that it needs for that, is loaded when it runs.</summary>
internal static class Verbs
{
    public static Verb[] Create() =>
    [
        .. TrainVerbs.Create(), EvaluateVerb.CreateEvaluate(), PredictVerb.Create(), EvaluateVerb.CreateReport(), ServeVerb.Create(), NewVerb.Create(), DataVerb.Create(), DoctorVerb.Create(),
    ];
}
