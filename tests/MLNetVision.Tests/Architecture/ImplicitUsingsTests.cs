using System.Reflection;
using System.Xml.Linq;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;
using Microsoft.ML;

namespace MLNetVision.Tests.Architecture;

/// <summary>The property MLNetVisionUsings gives a project every namespace that a serious set of options is written with.</summary>
[TestClass]
public sealed class ImplicitUsingsTests
{
    private static readonly Type[] Roots =
    [
        typeof(LevitTrainer.Options), typeof(Mask2FormerTrainer.Options), typeof(SegmentationScoringOptions), typeof(SegmentationReportOptions),
        typeof(SegmentationEvaluationOptions), typeof(SegmentedImage), typeof(SegmentationPrediction), typeof(LevitTransformer), typeof(Mask2FormerTransformer),
    ];

    private static readonly string[] Common =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks", "Microsoft.ML", "Microsoft.ML.Data"];

    [TestMethod]
    public void Usings_OfEveryTypeThatOptionsAndRowsNeed_AreListed()
    {
        string file = Path.Combine(Goldens.RepositoryFolder(), "src", "MLNetVision", "buildTransitive", "MLNetVision.targets");
        string[] listed = [.. XDocument.Load(file).Descendants("Using").Select(line => line.Attribute("Include")!.Value)];
        var needed = new HashSet<Type>();
        foreach (Type root in Roots)
        {
            Collect(root, needed);
        }

        string[] namespaces = [.. needed.Select(type => type.Namespace!).Distinct().Order(StringComparer.Ordinal)];
        Assert.IsGreaterThan(10, namespaces.Length);
        string[] missing = [.. namespaces.Except(listed)];
        Assert.IsEmpty(missing, $"MLNetVision.targets lacks {string.Join(", ", missing)}");
        Type[] own = [.. needed.Select(type => type.Assembly).Distinct().SelectMany(assembly => assembly.GetExportedTypes()).Where(type => listed.Contains(type.Namespace ?? string.Empty))];
        string[] empty = [.. listed.Except(own.Select(type => type.Namespace!))];
        Assert.IsEmpty(empty, $"no public type is of {string.Join(", ", empty)}, so that a build with it fails");

        // Neither does one of these names stand for two things beside the namespaces that every program of ML.NET has.
        var others = new[] { typeof(object), typeof(Enumerable), typeof(HttpClient), typeof(MLContext), typeof(Microsoft.ML.Data.ColumnNameAttribute), typeof(Microsoft.ML.Data.MLImage) }
            .Select(type => type.Assembly).Distinct().SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => Common.Contains(type.Namespace) && !type.IsNested).Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        string[] twice = [.. own.Where(type => !type.IsNested && others.Contains(type.Name)).Select(type => type.FullName!)];
        Assert.IsEmpty(twice, $"also a type of .NET or ML.NET: {string.Join(", ", twice)}");
    }

    // Types that properties which can be set are of, and so on.
    private static void Collect(Type type, HashSet<Type> needed)
    {
        foreach (Type part in type.IsGenericType ? type.GetGenericArguments() : [])
        {
            Collect(part, needed);
        }

        if (type.Namespace?.StartsWith("MLNetVision", StringComparison.Ordinal) != true || !needed.Add(type))
        {
            return;
        }

        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite || type == property.DeclaringType && !type.IsEnum))
        {
            Collect(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, needed);
        }
    }
}
