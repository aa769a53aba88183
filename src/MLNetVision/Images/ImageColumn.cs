using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Internals;

namespace MLNetVision.Images;

/// <summary>
/// A column of pictures: <see cref="MLImage"/> of any declared size, the bytes of picture files, or their paths.
/// </summary>
internal sealed class ImageColumn
{
    private const string Role = "image";
    private const string Expected = "an image, a vector of bytes (an encoded picture) or text (the path of a picture file)";

    private readonly DataViewSchema.Column _column;
    private readonly Func<DataViewRow, DataViewSchema.Column, Func<ImageSource?>> _createReader;

    private readonly ExifOrientation _orientation;

    private ImageColumn(DataViewSchema.Column column, ExifOrientation orientation, Func<DataViewRow, DataViewSchema.Column, Func<ImageSource?>> createReader)
    {
        _orientation = orientation;
        _column = column;
        _createReader = createReader;
    }

    public DataViewSchema.Column Column => _column;

    /// <summary>Finds the column in a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="orientation">Which way up pictures come that are files or their bytes; an <see cref="MLImage"/> has lost what its camera wrote.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or holds no pictures.</exception>
    public static ImageColumn Find(DataViewSchema schema, string name, ExifOrientation orientation = ExifOrientation.Apply)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw SchemaMismatch.Missing(Role, name, Expected, schema);
        return column.Type switch
        {
            ImageDataViewType => new(column, orientation, ReadPixels),
            TextDataViewType => new(column, orientation, ReadPath),
            VectorDataViewType { ItemType: NumberDataViewType { RawType: { } item } } when item == typeof(byte) => new(column, orientation, ReadEncoded),
            _ => throw SchemaMismatch.WrongType(Role, name, Expected, column.Type.ToString()!),
        };
    }

    /// <summary>Checks the column in the shape of a schema, by the same rules.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or holds no pictures.</exception>
    public static void Check(SchemaShape shape, string name)
    {
        SchemaShape.Column column = SchemaShapes.Find(shape, name) ?? throw SchemaMismatch.Missing(Role, name, Expected, shape);
        bool scalar = column.Kind == SchemaShape.Column.VectorKind.Scalar && !column.IsKey;
        bool vector = column.Kind != SchemaShape.Column.VectorKind.Scalar && !column.IsKey;
        if (!(scalar && column.ItemType is ImageDataViewType or TextDataViewType) && !(vector && column.ItemType.RawType == typeof(byte)))
        {
            throw SchemaMismatch.WrongType(Role, name, Expected, SchemaShapes.Describe(column));
        }
    }

    /// <summary>
    /// A reader of the row's current picture. What it returns is the row's no longer: pixels and bytes are copied. It
    /// returns null where the row has no picture.
    /// </summary>
    public Func<ImageSource?> CreateReader(DataViewRow row)
    {
        Func<ImageSource?> read = _createReader(row, _column);
        return () => read()?.WithOrientation(_orientation);
    }

    private static Func<ImageSource?> ReadPixels(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(column);

        // The same variable is handed to the getter each time: those ML.NET loaders that own the picture dispose of it
        // then, and those that lend the caller's do not. This reader never does.
        MLImage image = null!;
        return () =>
        {
            getter(ref image);
            return image is null ? null : MLImagePixels.Copy(image);
        };
    }

    private static Func<ImageSource?> ReadEncoded(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<byte>> getter = row.GetGetter<VBuffer<byte>>(column);
        VBuffer<byte> bytes = default;
        return () =>
        {
            getter(ref bytes);
            if (bytes.Length == 0)
            {
                return null;
            }

            byte[] copy = new byte[bytes.Length];
            bytes.CopyTo(copy);
            return ImageSource.FromBytes(copy);
        };
    }

    private static Func<ImageSource?> ReadPath(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> path = default;
        return () =>
        {
            getter(ref path);
            return path.IsEmpty ? null : ImageSource.FromFile(path.ToString());
        };
    }
}
