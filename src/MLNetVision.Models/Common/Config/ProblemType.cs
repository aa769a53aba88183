namespace MLNetVision.Models.Common.Config;

/// <summary>What a classification head learns, and so which loss it is trained with (config.json's problem_type).</summary>
public enum ProblemType
{
    /// <summary>Real targets, mean squared error.</summary>
    Regression,

    /// <summary>One class per image, cross-entropy.</summary>
    SingleLabelClassification,

    /// <summary>Any number of classes per image, binary cross-entropy on the logits.</summary>
    MultiLabelClassification,
}
