namespace MLNetVision.Models.Common.Pretrained;

/// <summary>What the name of a model stands for.</summary>
public enum PretrainedSourceKind
{
    /// <summary>A folder in Hugging Face's form: one of the user's, or a download.</summary>
    Folder,

    /// <summary>A weights file (safetensors, what torch.save writes, or the index of shards), with its config.json beside it.</summary>
    WeightsFile,

    /// <summary>A file that <c>mlContext.Model.Save</c> wrote: a whole pipeline of ML.NET, with the network inside.</summary>
    MLNetModelFile,
}
