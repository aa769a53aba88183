using System.Reflection;
using System.Security;
using MLNetVision.Models.Common.Native;

namespace MLNetVision.Projects.Code;

/// <summary>The project file of an application.</summary>
internal static class ApplicationProject
{
    private const string Program = """
          <!-- ML.NET loads the model into TorchSharp's form, which needs the libtorch of the system. -->
          <ItemGroup>
        """;

    private const string Service = """
          <!-- The service needs no libtorch on the CPU. The model's code does (Predict, Train and the like): build with -p:WithLibtorch=true to call it. -->
          <PropertyGroup Condition="'$(WithLibtorch)' != 'true'">
            <MLNetVisionRunsTorch>false</MLNetVisionRunsTorch>
          </PropertyGroup>
          <ItemGroup Condition="'$(WithLibtorch)' == 'true'">
        """;

    /// <param name="subject">The model.</param>
    /// <param name="kind">The kind of the application.</param>
    /// <param name="sample">The name of the picture that it begins with; null for none.</param>
    /// <param name="needsStarter">Whether a training starts from the model of MLNetVision.Starter.</param>
    public static string Write(CodeSubject subject, ApplicationKind kind, string? sample, bool needsStarter)
    {
        bool isWeb = kind == ApplicationKind.WebApi;
        string version = typeof(ApplicationProject).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        string nested = $"""<DependentUpon>{Item(subject.ProjectFile)}</DependentUpon>""";
        string picture = sample is null ? "" : $"\n    <None Update=\"{Item(sample)}\" CopyToOutputDirectory=\"PreserveNewest\" />";
        string service = isWeb ? $"\n    <PackageReference Include=\"MLNetVision.AspNetCore\" Version=\"{version}\" />" : "";
        string starter = needsStarter ? $"\n    <PackageReference Include=\"MLNetVision.Starter\" Version=\"{version}\" />" : "";
        return $"""
            <!-- {WrittenFiles.Begun(subject.Name).Replace("--", "- -", StringComparison.Ordinal)} -->
            <Project Sdk="Microsoft.NET.Sdk{(isWeb ? ".Web" : "")}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RootNamespace>{subject.Namespace}</RootNamespace>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MLNetVision" Version="{version}" />{service}
              </ItemGroup>

            {(isWeb ? Service : Program)}
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{LibtorchPackages.Version}" Condition="$([MSBuild]::IsOSPlatform('Linux'))" />
                <PackageReference Include="libtorch-cpu-win-x64" Version="{LibtorchPackages.Version}" Condition="$([MSBuild]::IsOSPlatform('Windows'))" />
                <PackageReference Include="libtorch-cpu-osx-arm64" Version="{LibtorchPackages.Version}" Condition="$([MSBuild]::IsOSPlatform('OSX'))" />{starter}
              </ItemGroup>

              <ItemGroup Label="{SecurityElement.Escape(subject.Name)}">
                <Compile Update="{Item(subject.Name)}.consumption.cs">{nested}</Compile>
                <Compile Update="{Item(subject.Name)}.training.cs">{nested}</Compile>
                <Compile Update="{Item(subject.Name)}.evaluate.cs">{nested}</Compile>
                <None Update="{Item(subject.ModelFile)}" CopyToOutputDirectory="PreserveNewest">{nested}</None>
                <{(isWeb ? "Content" : "None")} Update="{Item(subject.Name)}.vision.json" CopyToOutputDirectory="Never"{(isWeb ? " CopyToPublishDirectory=\"Never\"" : "")}>{nested}</{(isWeb ? "Content" : "None")}>{picture}
              </ItemGroup>
            </Project>

            """;
    }

    // What MSBuild would take for a list, a property or a pattern.
    private static string Item(string name) => SecurityElement.Escape(string.Concat(name.Select(character => "%$@'();?*".Contains(character) ? $"%{(int)character:X2}" : character.ToString())))!;
}
