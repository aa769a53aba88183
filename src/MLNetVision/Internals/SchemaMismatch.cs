using Microsoft.ML;

namespace MLNetVision.Internals;

/// <summary>The errors that ML.NET's components raise when a column is not what they need.</summary>
internal static class SchemaMismatch
{
    private const int MostNamed = 12;

    public static ArgumentOutOfRangeException Missing(string role, string column, string expected, DataViewSchema schema) =>
        Missing(role, column, expected, [.. schema.Where(other => !other.IsHidden).Select(other => other.Name)]);

    public static ArgumentOutOfRangeException Missing(string role, string column, string expected, SchemaShape schema) =>
        Missing(role, column, expected, [.. schema.Select(other => other.Name).Distinct()]);

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

    private static ArgumentOutOfRangeException Missing(string role, string column, string expected, string[] present) => Error(
        $"Schema mismatch for {role} column '{column}': expected {expected}, but there is no such column."
        + (present.Length == 0 ? string.Empty : $" There are {string.Join(", ", present.Take(MostNamed).Select(name => $"'{name}'"))}{(present.Length > MostNamed ? " and others" : string.Empty)}."));

    private static ArgumentOutOfRangeException Error(string message) => new(message, innerException: null);
}
