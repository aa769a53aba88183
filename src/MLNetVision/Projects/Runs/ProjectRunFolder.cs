using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Projects.Runs;

/// <summary>The folder of a run, runs/001 and so on: counted up, never used twice but by the run that goes on.</summary>
internal sealed class ProjectRunFolder : IDisposable
{
    private const string Arguments = "args.json", Outcome = "outcome", LogName = "log.txt";

    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly StreamWriter _log;
    private readonly object _sync = new();

    private ProjectRunFolder(string path)
    {
        Path = path;
        _log = new StreamWriter(new FileStream(LogFile, FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
    }

    public string Path { get; }

    /// <summary>As the project names it.</summary>
    public string Name => $"runs/{System.IO.Path.GetFileName(Path)}";

    public string LogFile => File(LogName);

    /// <summary>The state of the training.</summary>
    public string StateFolder => File("weights/last");

    public string BestFolder => File("weights/best");

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A new run.</summary>
    public static ProjectRunFolder Begin(string project)
    {
        string runs = System.IO.Path.Combine(project, "runs");
        try
        {
            Directory.CreateDirectory(runs);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            throw new IOException($"The folder '{runs}' cannot be made: a part of its path is no folder, or takes none.", e);
        }

        string aside = System.IO.Path.Combine(runs, $".{Guid.NewGuid():n}.tmp");
        Directory.CreateDirectory(aside);
        for (int number = Numbers(runs).DefaultIfEmpty(0).Max() + 1; ; number++)
        {
            string folder = Numbered(runs, number);
            try
            {
                // Of two that begin at once, one finds the folder taken.
                Directory.Move(aside, folder);
                return new ProjectRunFolder(folder);
            }
            catch (IOException) when (System.IO.Path.Exists(folder))
            {
            }
        }
    }

    /// <summary>The last run, if it was broken off.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it came to its end.</exception>
    public static ProjectRunFolder Continue(string project)
    {
        string runs = System.IO.Path.Combine(project, "runs");
        int last = Directory.Exists(runs) ? Numbers(runs).Where(number => System.IO.File.Exists(System.IO.Path.Combine(Numbered(runs, number), Arguments))).DefaultIfEmpty(0).Max() : 0;
        if (last == 0)
        {
            throw new InvalidOperationException($"There is no run to go on with in '{runs}'.");
        }

        string folder = Numbered(runs, last);
        string arguments = System.IO.Path.Combine(folder, Arguments);
        string? outcome = System.IO.File.Exists(arguments) ? ProjectNodes.Parse(System.IO.File.ReadAllText(arguments), arguments).Text(Outcome) : null;
        return outcome is null or nameof(TrainingOutcome.Cancelled)
            ? new ProjectRunFolder(folder)
            : throw new InvalidOperationException($"The last run '{folder}' came to its end ({outcome}): there is nothing to go on with.");
    }

    /// <summary>Whether it is known what the run was asked for: whether it began.</summary>
    public bool HasArguments => System.IO.File.Exists(File(Arguments));

    /// <summary>Writes what the run was asked for, and at its end how that was.</summary>
    public void WriteArguments(JsonObject arguments, string? outcome)
    {
        arguments[Outcome] = outcome;
        AtomicFile.Write(File(Arguments), stream => JsonSerializer.Serialize(stream, arguments, Writing));
    }

    public void Log(string line)
    {
        lock (_sync)
        {
            _log.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)} {line}");
        }
    }

    /// <summary>Takes a folder away that holds no run: data or settings were refused before anything began.</summary>
    public void RemoveUnbegun()
    {
        if (HasArguments)
        {
            return;
        }

        _log.Dispose();
        Directory.Delete(Path, recursive: true);
        string runs = System.IO.Path.GetDirectoryName(Path)!;
        if (!Directory.EnumerateFileSystemEntries(runs).Any())
        {
            Directory.Delete(runs);
        }
    }

    public void Dispose() => _log.Dispose();

    private static string Numbered(string runs, int number) => System.IO.Path.Combine(runs, number.ToString("d3", CultureInfo.InvariantCulture));

    private static IEnumerable<int> Numbers(string runs) => Directory.EnumerateFileSystemEntries(runs)
        .Select(path => int.TryParse(System.IO.Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0);
}
