namespace MLNetVision.Internals;

/// <summary>The errors that ML.NET's components raise when a column is not what they need.</summary>
internal static class SchemaMismatch
{
    public static ArgumentOutOfRangeException Missing(string role, string column, string expected) =>
        Error($"Schema mismatch for {role} column '{column}': expected {expected}, but there is no such column.");

    public static ArgumentOutOfRangeException WrongType(string role, string column, string expected, string actual) =>
        Error($"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}.");

    /// <summary>Says of a mismatch that it is the validation set's.</summary>
    public static T InValidation<T>(Func<T> find)
    {
        try
        {
            return find();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Error($"The validation set does not fit the training data. {e.Message}");
        }
    }

    private static ArgumentOutOfRangeException Error(string message) => new(message, innerException: null);
}
