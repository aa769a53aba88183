namespace MLNetVision.Models.Diagnosis;

/// <summary>How a finding is to be taken.</summary>
public enum DiagnosisState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Something is not there or not as fast as it could be; what does not need it works.</summary>
    Note,

    /// <summary>Something is wrong: work that needs it fails or gives wrong answers.</summary>
    Bad,
}

/// <summary>One finding about the machine.</summary>
/// <param name="Topic">What was looked at, such as "processor".</param>
/// <param name="Finding">What was found.</param>
/// <param name="State">How it is to be taken.</param>
/// <param name="Remedy">How to mend it; null where nothing needs to be.</param>
public sealed record DiagnosisItem(string Topic, string Finding, DiagnosisState State = DiagnosisState.Good, string? Remedy = null);
