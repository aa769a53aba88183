using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit.Config;

namespace MLNetVision.Models.Levit;

public sealed partial class LevitForImageClassificationWithTeacher
{
    /// <summary>Loads a trained model, in eval mode.</summary>
    /// <param name="source">
    /// A folder in Hugging Face's form, a weights file (safetensors, or what torch.save writes) with its config.json
    /// beside it, or a model id such as "facebook/levit-128S". Keys under the original repository's or timm's names are mapped.
    /// </param>
    /// <param name="options">Labels, strictness, download. Default: lenient, with warnings on standard error.</param>
    /// <exception cref="FileNotFoundException">The folder has no weights or no config.json.</exception>
    /// <exception cref="InvalidDataException">The config or the weights are broken.</exception>
    /// <exception cref="CheckpointMismatchException">The weights do not fit the config, or keys differ in strict mode.</exception>
    /// <exception cref="HubException">A model id cannot be downloaded.</exception>
    public static LevitForImageClassificationWithTeacher FromPretrained(string source, PretrainedOptions? options = null) =>
        FromPretrained(source, out _, options);

    /// <inheritdoc cref="FromPretrained(string, PretrainedOptions?)" path="/summary | /exception"/>
    /// <param name="source">A folder, a weights file or a model id.</param>
    /// <param name="report">What was loaded and what was not, key by key.</param>
    /// <param name="options">Labels, strictness, download.</param>
    public static LevitForImageClassificationWithTeacher FromPretrained(string source, out LoadReport report, PretrainedOptions? options = null)
    {
        (LevitForImageClassificationWithTeacher model, report) = LevitPretrained
            .Of((config, generator) => new LevitForImageClassificationWithTeacher(config, LevitInitialization.Original, generator))
            .Load(source, options);
        return model;
    }

    /// <summary>Writes config.json and the weights so that Hugging Face's class of this name loads them.</summary>
    /// <param name="folder">It is replaced as a whole; see <see cref="PretrainedFolder.Save"/>.</param>
    /// <param name="options">Size of the files, and the image processor's settings.</param>
    public void SavePretrained(string folder, SaveOptions? options = null) =>
        PretrainedFolder.Save(folder, this, Config with { Architectures = [nameof(LevitForImageClassificationWithTeacher)] }, options);
}
