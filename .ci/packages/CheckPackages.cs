// What the packages in a folder hold and say, and whether those that were packed elsewhere hold the same.
//   dotnet run CheckPackages.cs -- FOLDER [OTHER FOLDER]
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;

string folder = args[0];
(string Id, string[] Dependencies, string[] Files)[] expected =
[
    ("MLNetVision.Imaging", ["SkiaSharp 2.88.9", "SkiaSharp.NativeAssets.Linux.NoDependencies 2.88.9", "System.Numerics.Tensors 10.0.0", "YamlDotNet 16.3.0"],
        ["lib/net10.0/MLNetVision.Imaging.dll", "lib/net10.0/MLNetVision.Imaging.xml", "OpenSans-LICENSE.txt"]),
    ("MLNetVision.Models", ["MLNetVision.Imaging [V]", "System.Numerics.Tensors 10.0.0", "TorchSharp [0.107.0, 0.108.0)"],
        ["lib/net10.0/MLNetVision.Models.dll", "lib/net10.0/MLNetVision.Models.xml", "buildTransitive/MLNetVision.Models.props", "buildTransitive/MLNetVision.Models.targets"]),
    ("MLNetVision", ["MLNetVision.Imaging [V]", "MLNetVision.Models [V]", "Microsoft.ML [5.0.1]", "Microsoft.ML.ImageAnalytics [5.0.1]"],
        ["lib/net10.0/MLNetVision.dll", "lib/net10.0/MLNetVision.xml", "buildTransitive/MLNetVision.targets"]),
    ("MLNetVision.AspNetCore", ["MLNetVision.Imaging [V]", "MLNetVision.Models [V]"],
        ["lib/net10.0/MLNetVision.AspNetCore.dll", "lib/net10.0/MLNetVision.AspNetCore.xml"]),
    ("MLNetVision.Starter", [],
        ["lib/net10.0/_._", "buildTransitive/MLNetVision.Starter.targets", "starter/config.json", "starter/preprocessor_config.json", "starter/model.safetensors"]),
    ("MLNetVision.Cpu", ["MLNetVision [V]", "MLNetVision.Starter [V]", .. ((string[])["linux-x64", "win-x64", "win-arm64", "osx-arm64"]).Select(system => $"libtorch-cpu-{system} [2.10.0]")],
        ["lib/net10.0/_._"]),
];

var problems = new List<string>();
string[] found = [.. Directory.GetFiles(folder, "*.nupkg").Select(file => Path.GetFileName(file))];
string version = "";
foreach ((string id, string[] dependencies, string[] files) in expected)
{
    string? package = found.SingleOrDefault(file => file.StartsWith(id + ".", StringComparison.Ordinal) && char.IsDigit(file[id.Length + 1]));
    if (package is null)
    {
        problems.Add($"{id} was not packed");
        continue;
    }

    version = package[(id.Length + 1)..^".nupkg".Length];
    using ZipArchive archive = ZipFile.OpenRead(Path.Combine(folder, package));
    XElement metadata = Read(archive, id + ".nuspec").Root!.Elements().Single();
    XNamespace space = metadata.Name.Namespace;
    string[] actual = [.. metadata.Descendants(space + "dependency").Select(item => $"{item.Attribute("id")!.Value} {item.Attribute("version")!.Value}")];
    Compare($"{id}'s dependencies", dependencies.Select(item => item.Replace("[V]", $"[{version}]", StringComparison.Ordinal)), actual);
    string[] names = [.. archive.Entries.Select(entry => entry.FullName).Where(name => !name.StartsWith("package/", StringComparison.Ordinal) && !name.StartsWith("_rels/", StringComparison.Ordinal) && name != "[Content_Types].xml")];
    Compare($"{id}'s files", [.. files, "README.md", "icon.png", id + ".nuspec"], names);
    foreach (string name in (string[])["description", "tags", "license", "icon", "readme", "authors", "copyright"])
    {
        if (metadata.Element(space + name) is not { Value.Length: > 0 })
        {
            problems.Add($"{id} has no {name}");
        }
    }

    if (id is "MLNetVision.Cpu" or "MLNetVision.Starter")
    {
        continue;
    }

    if (metadata.Element(space + "repository")?.Attribute("commit")?.Value is not { Length: 40 })
    {
        problems.Add($"{id} does not say of which commit it is");
    }

    if (string.IsNullOrEmpty(metadata.Element(space + "releaseNotes")?.Value))
    {
        problems.Add($"{id} has no release notes");
    }

    using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(folder, $"{id}.{version}.snupkg"));
    using var pdb = MetadataReaderProvider.FromPortablePdbStream(Copy(symbols, $"lib/net10.0/{id}.pdb"));
    MetadataReader reader = pdb.GetMetadataReader();
    string[] elsewhere = [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name)).Where(name => !name.StartsWith("/_", StringComparison.Ordinal))];
    if (elsewhere.Length > 0)
    {
        problems.Add($"{id}'s symbols name files of this machine, so its build cannot be repeated elsewhere: {elsewhere[0]}");
    }

    var sourceLink = new Guid("CC110556-A091-4D38-9FEC-25AB9A351A6A");
    var embedded = new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
    string links = string.Concat(reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Where(item => reader.GetGuid(item.Kind) == sourceLink).Select(item => Encoding.UTF8.GetString(reader.GetBlobBytes(item.Value))));
    bool sources = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Any(item => reader.GetGuid(item.Kind) == embedded);
    if (!links.Contains("http", StringComparison.Ordinal) && !sources)
    {
        problems.Add($"{id}'s symbols neither link to sources nor hold them");
    }

    Console.WriteLine($"{id} {version}: {new FileInfo(Path.Combine(folder, package)).Length / 1024} KiB, symbols {new FileInfo(Path.Combine(folder, $"{id}.{version}.snupkg")).Length / 1024} KiB, sources {(links.Contains("http", StringComparison.Ordinal) ? "by SourceLink" : "in the symbols")}");
}

// The command is packed once for each system, and once to name those; none has a libtorch, for which no gallery has room.
string[] tools = ["MLNetVision.Cli", .. ((string[])["linux-x64", "linux-arm64", "win-x64", "osx-arm64"]).Select(system => $"MLNetVision.Cli.{system}")];
foreach (string tool in tools)
{
    string file = Path.Combine(folder, $"{tool}.{version}.nupkg");
    if (!File.Exists(file))
    {
        problems.Add($"{tool} was not packed");
        continue;
    }

    using ZipArchive archive = ZipFile.OpenRead(file);
    string[] names = [.. archive.Entries.Select(entry => Path.GetFileName(entry.FullName))];
    string[] wanted = tool == tools[0] ? ["README.md", "icon.png", "DotnetToolSettings.xml"] : ["README.md", "icon.png", "DotnetToolSettings.xml", "MLNetVision.Cli.dll", "MLNetVision.dll", "TorchSharp.dll"];
    Compare($"{tool}'s files", wanted, names.Intersect(wanted));
    string[] surplus = [.. names.Where(name => name.Contains("torch_cpu", StringComparison.Ordinal) || name.StartsWith("Publicize", StringComparison.Ordinal) || name.EndsWith(".pdb", StringComparison.Ordinal))];
    Compare($"{tool}'s files", [], surplus);
    long size = new FileInfo(file).Length;
    if (size > 40L << 20)
    {
        problems.Add($"{tool} has {size >> 20} MiB");
    }

    Console.WriteLine($"{tool} {version}: {size / 1024} KiB");
}

Compare("The packages", expected.Select(item => $"{item.Id}.{version}.nupkg").Concat(tools.Select(tool => $"{tool}.{version}.nupkg")), found);
if (args is [_, var other] && problems.Count == 0)
{
    foreach ((string id, _, string[] files) in expected)
    {
        using ZipArchive here = ZipFile.OpenRead(Path.Combine(folder, $"{id}.{version}.nupkg")), there = ZipFile.OpenRead(Path.Combine(other, $"{id}.{version}.nupkg"));
        problems.AddRange(files.Where(file => !Copy(here, file).ToArray().AsSpan().SequenceEqual(Copy(there, file).ToArray())).Select(file => $"{id}: {file} is another where it was packed again"));
    }

    Console.WriteLine($"Compared with {other}");
}

problems.ForEach(Console.Error.WriteLine);
return problems.Count == 0 ? 0 : 1;

void Compare(string what, IEnumerable<string> wanted, IEnumerable<string> got)
{
    string missing = string.Join(", ", wanted.Except(got)), surplus = string.Join(", ", got.Except(wanted));
    if (missing.Length + surplus.Length > 0)
    {
        problems.Add($"{what}: missing [{missing}], not expected [{surplus}]");
    }
}

static XDocument Read(ZipArchive archive, string name)
{
    using Stream stream = archive.GetEntry(name)!.Open();
    return XDocument.Load(stream);
}

static MemoryStream Copy(ZipArchive archive, string name)
{
    using Stream stream = archive.GetEntry(name)!.Open();
    var copy = new MemoryStream();
    stream.CopyTo(copy);
    copy.Position = 0;
    return copy;
}
