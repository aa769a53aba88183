using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;

namespace MLNetVision.Projects.Code;

/// <summary>Writes settings as the C# expressions that make them: of an object what differs from a new one, of the same kind, alone.</summary>
internal sealed class ObjectCode
{
    private readonly SortedSet<string> _namespaces = new(StringComparer.Ordinal);

    /// <summary>The namespaces of the types that were named.</summary>
    public IReadOnlyCollection<string> Namespaces => _namespaces;

    /// <summary>An expression.</summary>
    /// <param name="value">Numbers, texts, enumerations, lists of these, and records of these.</param>
    /// <param name="indent">The spaces before the line that it begins on.</param>
    public string Of(object? value, int indent) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => CSharpText.Literal(text),
        double number => Number(number),
        float number => Number(number) + "f",
        byte or int or long => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        Enum name => $"{Name(value.GetType())}.{name}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(item => Of(item, indent)))}]",
        ValueType => $"new {Name(value.GetType())}({string.Join(", ", Properties(value.GetType()).Select(property => Of(property.GetValue(value), indent)))})",
        _ => Record(value, indent),
    };

    /// <summary>A type's name, whose namespace is then among <see cref="Namespaces"/>.</summary>
    public string Name(Type type)
    {
        _namespaces.Add(type.Namespace!);
        return type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
    }

    private string Record(object value, int indent)
    {
        Type type = value.GetType();
        object fresh = Activator.CreateInstance(type)!;
        string inner = new(' ', indent + 4);
        string[] lines =
        [
            .. from property in Properties(type)
               let own = property.GetValue(value)
               where !IsSame(own, property.GetValue(fresh))
               select $"{inner}{property.Name} = {Of(own, indent + 4)},\n",
        ];
        string outer = new(' ', indent);
        return lines.Length == 0 ? $"new {Name(type)}()" : $"new {Name(type)}\n{outer}{{\n{string.Concat(lines)}{outer}}}";
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property is { CanRead: true, SetMethod.IsPublic: true } && property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<JsonIgnoreAttribute>() is null);

    private static bool IsSame(object? one, object? other) => one is not string && one is IEnumerable ones && other is IEnumerable others
        ? ones.Cast<object?>().SequenceEqual(others.Cast<object?>())
        : Equals(one, other);

    private static string Number(double number) => double.IsNaN(number) ? "double.NaN"
        : double.IsInfinity(number) ? (number > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity")
        : number.ToString("R", CultureInfo.InvariantCulture);
}
