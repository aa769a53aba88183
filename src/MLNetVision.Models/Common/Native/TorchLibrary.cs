using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TorchSharp;

namespace MLNetVision.Models.Common.Native;

/// <summary>Makes TorchSharp's native library load on Linux systems whose libstdc++ is older than GCC 13's.</summary>
/// <remarks>
/// TorchSharp's library asks for GLIBCXX_3.4.32 because of a marker symbol that GCC 13 headers leave behind and
/// that nothing calls. When the ordinary load fails, a copy in which that one requirement is weak is put into the
/// user's cache folder and loaded; TorchSharp's own files stay untouched. Systems with a newer libstdc++ never get here.
/// </remarks>
public static class TorchLibrary
{
    /// <summary>The environment variable that names a folder with libtorch.</summary>
    public const string FolderVariable = "MLNETVISION_LIBTORCH";

    private const string RequiredVersion = "GLIBCXX_3.4.32";
    private const string MarkerSymbol = "_ZSt21ios_base_library_initv";
    private const string LibraryName = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";

    private static readonly string[] TorchFiles = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly object Sync = new();
    private static string? _folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder && OwnFile() is null ? folder : null;
    private static bool _isPreloaded;
    private static readonly Lazy<nint> WeakenedLibrary = new(LoadWeakenedLibrary);

    /// <summary>
    /// A folder with libtorch's own libraries, 2.10 for this system, for an application that has none: those of CUDA, or of a Python
    /// installation (torch/lib). Default: what <see cref="FolderVariable"/> says, which an application with a libtorch of its own does not
    /// look at; else null for the application's. A process that loads two ends at once.
    /// </summary>
    /// <exception cref="InvalidOperationException">libtorch is loaded already.</exception>
    public static string? Folder
    {
        get => _folder;
        set
        {
            if (value != _folder && LoadedTorch.Look())
            {
                throw new InvalidOperationException($"libtorch is loaded already; set {nameof(TorchLibrary)}.{nameof(Folder)} before anything uses it.");
            }

            _folder = value;
        }
    }

    /// <summary>
    /// A folder for <see cref="Folder"/> on this machine: that of libtorch for the CPU among the packages that projects of this user have restored
    /// (NUGET_PACKAGES, else .nuget/packages in the user's folder). Null where there is none, or where the application brings a libtorch of its own.
    /// </summary>
    public static string? FindPackage()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return OwnFile() is not null ? null
            : LibtorchPackages.InstalledIn(Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named : Path.Combine(home, ".nuget", "packages"));
    }

    /// <summary>Loads libtorch now, rather than at the first tensor, so that a failure is explained.</summary>
    /// <exception cref="DllNotFoundException">
    /// The native library cannot be loaded; the message names the needed library.
    /// </exception>
    /// <exception cref="InvalidOperationException">The process asks for TF32 and against it, or in a word that is none.</exception>
    public static void EnsureLoaded()
    {
        _ = Load();
        Tf32.Apply();
    }

    /// <summary>The address of a function of TorchSharp's native library.</summary>
    /// <exception cref="DllNotFoundException">The native library cannot be loaded.</exception>
    /// <exception cref="EntryPointNotFoundException">It has no such function.</exception>
    internal static nint Export(string name) => NativeLibrary.GetExport(Load(), name);

    /// <summary>Loads libtorch where there is one for the application.</summary>
    internal static bool TryLoad()
    {
        try
        {
            _ = Load();
            return true;
        }
        catch (DllNotFoundException)
        {
            return false;
        }
    }

    private static nint Load()
    {
        PreloadFolder();
        if (NativeLibrary.TryLoad(LibraryName, typeof(torch).Assembly, null, out nint library))
        {
            LoadedTorch.Note();
            return library;
        }

        if (OperatingSystem.IsLinux())
        {
            // The resolver has been asked in vain: let it say why.
            _ = WeakenedLibrary.Value;
        }

        throw new DllNotFoundException(
            $"TorchSharp's native library '{LibraryName}' cannot be loaded: the application has no libtorch, or one that does not go with it. {LibtorchPackages.Advice}");
    }

    // TorchSharp's library finds libtorch's by their names once they are in the process.
    private static void PreloadFolder()
    {
        lock (Sync)
        {
            if (_folder is null || _isPreloaded)
            {
                return;
            }

            foreach ((string name, bool isNeeded) in (ReadOnlySpan<(string, bool)>)[("c10", true), ("c10_cuda", false), ("torch_cpu", true), ("torch_cuda", false), ("torch", true)])
            {
                string file = Path.Combine(_folder, SystemName(name));
                if (isNeeded || File.Exists(file))
                {
                    Preload(file);
                }
            }

            _isPreloaded = true;
        }
    }

    private static void Preload(string file)
    {
        if (!File.Exists(file))
        {
            throw new DllNotFoundException($"The folder '{_folder}' of {FolderVariable} or {nameof(TorchLibrary)}.{nameof(Folder)} has no '{Path.GetFileName(file)}': it should hold libtorch's own libraries.");
        }

        NativeLibrary.Load(Path.GetFullPath(file));
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Subscribes to an event that fires when the ordinary load has failed, and sets what libtorch reads when it is loaded; TorchSharp offers no other place.")]
    internal static void Subscribe()
    {
        if (OperatingSystem.IsLinux())
        {
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            ThreadTeamWaits.Shorten();
        }
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != LibraryName || assembly != typeof(torch).Assembly)
        {
            return 0;
        }

        // Whoever makes a tensor before anything here was asked for has not loaded the chosen folder yet; with it the ordinary load may do.
        if (_folder is not null && !_isPreloaded)
        {
            PreloadFolder();
            return NativeLibrary.TryLoad(LibraryName, assembly, null, out nint library) ? library : 0;
        }

        return WeakenedLibrary.Value;
    }

    private static nint LoadWeakenedLibrary()
    {
        string source = FindNativeFile(FileName);
        byte[] weakened;
        try
        {
            weakened = ElfVersionRequirement.Weaken(File.ReadAllBytes(source), RequiredVersion, MarkerSymbol);
        }
        catch (InvalidDataException e)
        {
            throw new DllNotFoundException(
                $"'{source}' cannot be loaded on this system and cannot be adapted to it: {e.Message} " +
                $"Install a libstdc++.so.6 that provides {RequiredVersion} (GCC 13 or newer).", e);
        }

        if (!_isPreloaded)
        {
            // TorchSharp's library finds these by name once they are in the process.
            foreach (string file in TorchFiles)
            {
                NativeLibrary.Load(FindNativeFile(file));
            }
        }

        return LoadCopy(weakened, CacheFolder());
    }

    /// <summary>Loads <paramref name="library"/> from a file in <paramref name="cacheFolder"/> or, if that cannot be written or run from, from a private temporary file.</summary>
    internal static nint LoadCopy(byte[] library, string cacheFolder)
    {
        string folder = Path.Combine(cacheFolder, Convert.ToHexStringLower(SHA256.HashData(library))[..32]);
        string path = Path.Combine(folder, FileName);
        try
        {
            if (!HoldsExactly(path, library))
            {
                Directory.CreateDirectory(folder);
                WriteAtomically(path, library);
            }

            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or DllNotFoundException)
        {
            return LoadFromTemporaryFile(library);
        }
    }

    private static bool HoldsExactly(string path, byte[] content) =>
        File.Exists(path) && new FileInfo(path).Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);

    private static void WriteAtomically(string path, byte[] content)
    {
        string aside = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            File.WriteAllBytes(aside, content);
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private static nint LoadFromTemporaryFile(byte[] library)
    {
        // The folder is readable by this user alone, and a loaded library outlives its file.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mlnetvision-");
        try
        {
            string path = Path.Combine(folder.FullName, FileName);
            File.WriteAllBytes(path, library);
            return NativeLibrary.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string CacheFolder()
    {
        string? root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root) || !Path.IsPathRooted(root))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            root = home.Length == 0 ? Path.GetTempPath() : Path.Combine(home, ".cache");
        }

        return Path.Combine(root, "mlnetvision", "native");
    }

    private static string SystemName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The application's own libtorch; null if it has none.</summary>
    private static string? OwnFile() => NativeFile(SystemName("torch_cpu"));

    private static string FindNativeFile(string file) => NativeFile(file)
        ?? throw new DllNotFoundException($"The native file '{file}' was not found: the application has no libtorch. {LibtorchPackages.Advice}");

    private static string? NativeFile(string file)
    {
        string native = Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        string portable = Path.Combine("runtimes", "linux-x64", "native");
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty;
        IEnumerable<string> folders = [.. searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, native), Path.Combine(AppContext.BaseDirectory, portable)];
        return folders.Select(folder => Path.GetFullPath(Path.Combine(folder, file))).FirstOrDefault(File.Exists);
    }
}
