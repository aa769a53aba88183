using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

// Writes a copy of each assembly in which internal types and members are public, for the compiler to read. Usage:
//     Publicize OUTPUT_FOLDER ASSEMBLY...
// A copy that is already right is left alone, so that its time stamp does not trigger a compilation.
string folder = args[0];
Directory.CreateDirectory(folder);
foreach (string source in args[1..])
{
    byte[] image = File.ReadAllBytes(source);
    MakePublic(image);
    string target = Path.Combine(folder, Path.GetFileName(source));
    if (File.Exists(target) && image.AsSpan().SequenceEqual(File.ReadAllBytes(target)))
    {
        continue;
    }

    // Two builds may run at once: each writes its own file, and a reader sees the old or the new one, never half of it.
    string temporary = $"{target}.{Environment.ProcessId}";
    File.WriteAllBytes(temporary, image);
    File.Move(temporary, target, overwrite: true);
}

static void MakePublic(byte[] image)
{
    using var peReader = new PEReader(new MemoryStream(image, writable: false));
    MetadataReader metadata = peReader.GetMetadataReader();
    int metadataStart = peReader.PEHeaders.MetadataStartOffset;

    // The flags are the first column of TypeDef (4 bytes) and Field (2 bytes); in MethodDef they follow RVA and ImplFlags.
    int RowOffset(TableIndex table, int row) =>
        metadataStart + metadata.GetTableMetadataOffset(table) + ((row - 1) * metadata.GetTableRowSize(table));

    foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
    {
        TypeAttributes visibility = metadata.GetTypeDefinition(handle).Attributes & TypeAttributes.VisibilityMask;
        if (visibility is TypeAttributes.NotPublic or TypeAttributes.NestedAssembly or TypeAttributes.NestedFamORAssem)
        {
            TypeAttributes open = visibility == TypeAttributes.NotPublic ? TypeAttributes.Public : TypeAttributes.NestedPublic;
            ref byte flags = ref image[RowOffset(TableIndex.TypeDef, MetadataTokens.GetRowNumber(handle))];
            flags = (byte)((flags & ~(byte)TypeAttributes.VisibilityMask) | (byte)open);
        }
    }

    foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
    {
        if ((metadata.GetMethodDefinition(handle).Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Assembly or MethodAttributes.FamORAssem)
        {
            const int OffsetOfFlags = sizeof(uint) + sizeof(ushort);
            ref byte flags = ref image[RowOffset(TableIndex.MethodDef, MetadataTokens.GetRowNumber(handle)) + OffsetOfFlags];
            flags = (byte)((flags & ~(byte)MethodAttributes.MemberAccessMask) | (byte)MethodAttributes.Public);
        }
    }

    foreach (FieldDefinitionHandle handle in metadata.FieldDefinitions)
    {
        if ((metadata.GetFieldDefinition(handle).Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Assembly or FieldAttributes.FamORAssem)
        {
            ref byte flags = ref image[RowOffset(TableIndex.Field, MetadataTokens.GetRowNumber(handle))];
            flags = (byte)((flags & ~(byte)FieldAttributes.FieldAccessMask) | (byte)FieldAttributes.Public);
        }
    }
}
