using System.Collections.Concurrent;
using Microsoft.ML;

namespace MLNetVision.Tests.Conformance;

/// <summary>Each subject fitted once, for the checks that only read.</summary>
internal static class FittedSubjects
{
    private static readonly ConcurrentDictionary<string, Lazy<ITransformer>> Fitted = new(StringComparer.Ordinal);

    public static MLContext Context { get; } = new(seed: 1);

    public static ITransformer Get(ConformanceSubject subject) =>
        Fitted.GetOrAdd(subject.Name, _ => new Lazy<ITransformer>(() => Fit(subject, Context))).Value;

    /// <summary>A transformer of its own, for checks that dispose of it.</summary>
    public static ITransformer Fit(ConformanceSubject subject, MLContext ml) => subject.Create(ml).Fit(ConformanceData.Create(ml, subject.Form));
}
