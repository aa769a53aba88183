using Microsoft.ML;

namespace MLNetVision.Internals;

/// <summary>The part of a schema that an estimator knows before it is fitted.</summary>
internal static class SchemaShapes
{
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>The input's columns, then the added ones; an added column replaces an input column of its name.</summary>
    public static SchemaShape Append(SchemaShape input, IReadOnlyCollection<SchemaShape.Column> added)
    {
        HashSet<string> names = [.. added.Select(column => column.Name)];
        return new SchemaShape([.. input.Where(column => !names.Contains(column.Name)), .. added]);
    }

    /// <summary>Finds a column; null if there is none.</summary>
    public static SchemaShape.Column? Find(SchemaShape shape, string name)
    {
        foreach (SchemaShape.Column column in shape)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    /// <summary>The column's type for messages.</summary>
    public static string Describe(SchemaShape.Column column) => column.GetTypeString();
}
