using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Pretrained.ModelFiles;

/// <summary>Reads the values that the library's transformers write into model files; the files of their package say which and since when.</summary>
internal static class StoredNetworkReader
{
    private const string Levit = "MLNetVisionLevit", Mask2Former = "MLNetVisionMask2Former";
    private const uint NewestVersion = 4;

    // What the values of keys are called in files, and their bytes; text is read as it comes.
    private static readonly Dictionary<string, int> ValueBytes = new(StringComparer.Ordinal)
    {
        ["single"] = 4, ["double"] = 8, ["sbyte"] = 1, ["byte"] = 1, ["int16"] = 2, ["uint16"] = 2, ["int32"] = 4, ["uint32"] = 4,
        ["int64"] = 8, ["uint64"] = 8, ["boolean"] = 1, ["datetime"] = 8, ["timespan"] = 8, ["datetimeoffset"] = 16,
    };

    public static bool Knows(string loader) => loader is Levit or Mask2Former;

    /// <param name="loader">The loader's signature.</param>
    /// <param name="version">The version that was written.</param>
    /// <param name="reader">Stands at the first value.</param>
    /// <param name="loadsImages">Whether a part before it decodes the pictures, which lose what a camera wrote.</param>
    /// <exception cref="InvalidDataException">A value is none that could be written, or the version is newer than those known.</exception>
    public static StoredNetwork Read(string loader, uint version, BinaryReader reader, bool loadsImages)
    {
        if (version > NewestVersion)
        {
            throw new InvalidDataException($"it was written by a newer version of MLNetVision (format {version}; this one reads up to {NewestVersion})");
        }

        reader.ReadString(); // the image column
        StoredScoring? scoring = null;
        bool hasDistillationHead = false;
        if (loader == Levit)
        {
            for (int column = 0; column < 5; column++)
            {
                reader.ReadString();
            }

            reader.ReadInt32(); // the top count
            reader.ReadInt32(); // the batch size
            hasDistillationHead = reader.ReadBoolean();
        }
        else
        {
            reader.ReadInt32(); // the batch size
            scoring = ReadScoring(reader);
        }

        string config = reader.ReadString(), preprocessing = reader.ReadString();
        IReadOnlyList<string> labels = ReadLabels(reader);
        ScoringPrecision precision = version < 2 ? ScoringPrecision.Single : ReadEnum<ScoringPrecision>(reader);
        ExifOrientation orientation = version < 3 ? ExifOrientation.Ignore : ReadEnum<ExifOrientation>(reader);
        return new StoredNetwork(
            loader == Levit ? "levit" : "mask2former", config, preprocessing, labels, precision, loadsImages ? ExifOrientation.Ignore : orientation, hasDistillationHead, scoring,
            version < 4 ? null : reader.ReadString(), version < 4 || reader.ReadString() is not { Length: > 0 } training ? null : training);
    }

    private static StoredScoring ReadScoring(BinaryReader reader)
    {
        var task = ReadEnum<SegmentationTask>(reader);
        int count = reader.ReadInt32();
        List<string>? things = count < 0 ? null : [];
        for (int i = 0; i < count; i++)
        {
            things!.Add(reader.ReadString());
        }

        double threshold = reader.ReadDouble(), maskThreshold = reader.ReadDouble(), overlap = reader.ReadDouble();
        int most = reader.ReadInt32();
        return new StoredScoring(task, things, threshold, maskThreshold, overlap, most > 0 ? most : null, reader.ReadInt32(), reader.ReadInt32());
    }

    // The key's type, the names as text, and the values that the keys stand for, if they are known.
    private static List<string> ReadLabels(BinaryReader reader)
    {
        reader.ReadByte();
        var names = new List<string>();
        ReadValues(reader, names.Add);
        if (reader.ReadBoolean())
        {
            ReadValues(reader, _ => { });
        }

        return names;
    }

    private static void ReadValues(BinaryReader reader, Action<string> text)
    {
        string type = reader.ReadString();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            if (type == "text")
            {
                text(reader.ReadString());
            }
            else if (ValueBytes.TryGetValue(type, out int bytes))
            {
                Skip(reader, bytes);
            }
            else
            {
                throw new InvalidDataException($"it has key values of the unknown type '{type}'");
            }
        }
    }

    private static void Skip(BinaryReader reader, int bytes)
    {
        if (reader.ReadBytes(bytes).Length < bytes)
        {
            throw new EndOfStreamException();
        }
    }

    private static TEnum ReadEnum<TEnum>(BinaryReader reader)
        where TEnum : struct, Enum
    {
        var value = (TEnum)Enum.ToObject(typeof(TEnum), reader.ReadInt32());
        return Enum.IsDefined(value) ? value : throw new InvalidDataException($"{value} is no {typeof(TEnum).Name}");
    }
}
