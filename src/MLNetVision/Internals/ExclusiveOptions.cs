namespace MLNetVision.Internals;

/// <summary>Options of which one at most may be set.</summary>
internal static class ExclusiveOptions
{
    /// <exception cref="ArgumentException">Several are set.</exception>
    public static void Check(params (string Name, object? Value)[] options)
    {
        string[] given = [.. options.Where(option => option.Value is not null).Select(option => option.Name)];
        if (given.Length > 1)
        {
            throw new ArgumentException($"The options {string.Join(" and ", given)} exclude each other.");
        }
    }
}
