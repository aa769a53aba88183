namespace MLNetVision.Models.Levit.Config;

/// <summary>The five published sizes of LeViT (Graham et al., 2021, table 2), at 224×224 pixels and 1,000 classes.</summary>
public static class LevitPresets
{
    private static readonly Preset[] Table =
    [
        //                 channels         heads        depths     key  drop path
        new("levit-128S", [128, 256, 384], [4, 6, 8],   [2, 3, 4], 16, 0),
        new("levit-128",  [128, 256, 384], [4, 8, 12],  [4, 4, 4], 16, 0),
        new("levit-192",  [192, 288, 384], [3, 5, 6],   [4, 4, 4], 32, 0),
        new("levit-256",  [256, 384, 512], [4, 6, 8],   [4, 4, 4], 32, 0),
        new("levit-384",  [384, 512, 768], [6, 9, 12],  [4, 4, 4], 32, 0.1),
    ];

    /// <summary>The names: levit-128S, levit-128, levit-192, levit-256, levit-384.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(preset => preset.Name)];

    /// <summary>The config of a published size, for 1,000 classes named LABEL_i.</summary>
    /// <exception cref="ArgumentException">There is no such preset.</exception>
    public static LevitConfig Get(string name)
    {
        Preset preset = Array.Find(Table, preset => preset.Name == name)
            ?? throw new ArgumentException($"There is no LeViT preset '{name}'; expected one of {string.Join(", ", Names)}.", nameof(name));
        return new LevitConfig
        {
            HiddenSizes = preset.HiddenSizes,
            NumAttentionHeads = preset.Heads,
            Depths = preset.Depths,
            KeyDim = [preset.KeyDim, preset.KeyDim, preset.KeyDim],
            DropPathRate = preset.DropPathRate,
            Labels = LevitConfig.DefaultLabels(1000),
        };
    }

    private sealed record Preset(string Name, int[] HiddenSizes, int[] Heads, int[] Depths, int KeyDim, double DropPathRate);
}
