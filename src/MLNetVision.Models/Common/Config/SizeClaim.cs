namespace MLNetVision.Models.Common.Config;

/// <summary>Something that a config asks for and that a tensor of its weights shows, so that the two can be compared before a model is built.</summary>
/// <param name="Field">The config's field.</param>
/// <param name="Asked">The length of the dimension, or the number of blocks, that follows from it.</param>
/// <param name="Key">The tensor's key, without what a larger model puts before it. With a # for a number it stands for one tensor of each block.</param>
/// <param name="Dimension">The dimension whose length is meant; null where the blocks are counted.</param>
internal sealed record SizeClaim(string Field, long Asked, string Key, int? Dimension = null);
