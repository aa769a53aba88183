namespace MLNetVision.Projects;

/// <summary>How a project's training is validated: exactly one of the three is set.</summary>
/// <param name="SplitRatio">The share of the data that is held out, between 0 and 1.</param>
/// <param name="Folds">The number of parts of a cross-validation.</param>
/// <param name="Path">Data of its own, by its full path.</param>
public sealed record ProjectValidation(double? SplitRatio = null, int? Folds = null, string? Path = null);
