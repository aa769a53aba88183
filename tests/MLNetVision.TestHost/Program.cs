// A process of its own for tests that need one: a fresh start, an empty cache, a kill in the middle.
// Each verb prints its answer on standard output and exits with 0; an exception exits with another code.
using MLNetVision.TestHost;

var verbs = new Dictionary<string, Action<string[]>>(StringComparer.Ordinal)
{
    ["run-convolutions"] = ConvolutionVerbs.RunModels,
    ["watch-finalizers"] = FinalizerVerbs.Watch,
    ["stress-loops"] = FinalizerStress.Loops,
    ["stress-training"] = FinalizerStress.Training,
    ["load-torch"] = NativeVerbs.LoadTorch,
    ["tell-waits"] = NativeVerbs.TellWaits,
    ["score-model"] = ModelVerbs.Score,
    ["save-model"] = ModelVerbs.Save,
    ["score-levit"] = ScoringVerbs.ScoreLevit,
    ["score-mask2former"] = ScoringVerbs.ScoreMask2Former,
    ["classify"] = ScoringVerbs.Classify,
    ["segment"] = ScoringVerbs.Segment,
    ["count-threads"] = ScoringVerbs.CountThreads,
    ["assemble"] = PrecisionVerbs.Assemble,
    ["resize"] = ImageVerbs.Resize,
    ["decode-with-limit"] = ImageVerbs.DecodeWithLimit,
    ["train-levit"] = LevitTrainingVerbs.Train,
    ["train-scenes"] = TrainingVerbs.TrainScenes,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out Action<string[]>? verb))
{
    Console.Error.WriteLine($"Expected one of the verbs {string.Join(", ", verbs.Keys)}.");
    return 2;
}

verb(args[1..]);
return 0;
