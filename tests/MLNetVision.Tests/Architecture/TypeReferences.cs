using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MLNetVision.Tests.Architecture;

/// <summary>
/// Every type that a type's metadata and code refer to: bases, fields, signatures, attributes, constraints and bodies, with
/// the arguments of generic types and what calls are passed and give back. A constant's type is lost where the compiler
/// writes its value; what takes the value names its type.
/// </summary>
internal static class TypeReferences
{
    /// <summary>Those of one type, without its nested types'; each with the method that refers to it, if one does.</summary>
    public static IEnumerable<(TypeReference Type, MethodDefinition? By)> Of(TypeDefinition type)
    {
        IEnumerable<TypeReference?> own =
        [
            type.BaseType, .. type.Interfaces.Select(item => item.InterfaceType), .. type.Fields.Select(field => field.FieldType),
            .. Constraints(type), .. Attributes(type), .. type.Fields.SelectMany(Attributes), .. type.Properties.SelectMany(Attributes), .. type.Events.SelectMany(Attributes),
        ];
        return own.SelectMany(Parts).Select(part => (part, (MethodDefinition?)null))
            .Concat(type.Methods.SelectMany(method => Of(method).SelectMany(Parts).Select(part => (part, (MethodDefinition?)method))));
    }

    private static IEnumerable<TypeReference?> Of(MethodDefinition method)
    {
        IEnumerable<TypeReference?> declared =
        [
            method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType), .. method.Overrides.SelectMany(Member),
            .. Constraints(method), .. Attributes(method), .. method.Parameters.SelectMany(Attributes), .. Attributes(method.MethodReturnType),
        ];
        return !method.HasBody ? declared : declared
            .Concat(method.Body.Variables.Select(variable => variable.VariableType))
            .Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType))
            .Concat(method.Body.Instructions.SelectMany(Operand));
    }

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        MemberReference member => Member(member),
        CallSite call => [call.ReturnType, .. call.Parameters.Select(parameter => parameter.ParameterType)],
        _ => [],
    };

    private static IEnumerable<TypeReference?> Member(MemberReference member) => member switch
    {
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [.. Member(method.ElementMethod), .. method.GenericArguments],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)],
        _ => [],
    };

    private static IEnumerable<TypeReference?> Constraints(IGenericParameterProvider owner) =>
        owner.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider owner) => owner.CustomAttributes.SelectMany(attribute =>
        new[] { attribute.AttributeType }.Concat(
            attribute.ConstructorArguments.Concat(attribute.Properties.Select(property => property.Argument)).SelectMany(Argument)));

    private static IEnumerable<TypeReference> Argument(CustomAttributeArgument argument) => argument.Value switch
    {
        TypeReference named => [argument.Type, named],
        CustomAttributeArgument[] several => several.SelectMany(Argument),
        CustomAttributeArgument boxed => Argument(boxed),
        _ => [argument.Type],
    };

    // What a type is built of: elements of arrays and pointers, arguments of generic types, parameters of function pointers.
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Parts)],
        FunctionPointerType function => [.. Parts(function.ReturnType), .. function.Parameters.SelectMany(parameter => Parts(parameter.ParameterType))],
        IModifierType modifier => [.. Parts(modifier.ElementType), .. Parts(modifier.ModifierType)],
        TypeSpecification specification => Parts(specification.ElementType),
        _ => [type],
    };
}
