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
    private const string Arguments = "args.json", Outcome = "outcome", LogName = "log.txt", LockName = ".lock";

    private const int Attempts = 5;

    // A checkpoint may lie on a slow disk.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

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
        using FileStream alone = MakeAndLock(project, runs);
        string folder = Numbered(runs, Numbers(runs).DefaultIfEmpty(0).Max() + 1);
        Directory.CreateDirectory(folder);
        return new ProjectRunFolder(folder);
    }

    private static FileStream MakeAndLock(string project, string runs)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(runs);
                return TakeLock(project);
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
            {
                // A training that was refused may have taken away the empty folder just now.
                if (attempt == Attempts)
                {
                    throw new IOException($"The folder '{runs}' cannot be made: a part of its path is no folder, or takes none.", e);
                }
            }
        }
    }

    /// <summary>Keeps other trainings from the project's files until what is returned is disposed of; runs of one project may go on at once.</summary>
    /// <exception cref="IOException">Another holds them for longer than anybody should.</exception>
    public static FileStream TakeLock(string project) => FileLock.Take(System.IO.Path.Combine(project, "runs", LockName), LongestWait);

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

    /// <summary>Takes over into a project the runs that other trainings have noted in its file since it was read; the lock must be held.</summary>
    public static void TakeOverRuns(TrainingProject project)
    {
        IReadOnlyList<VisionRun> noted = System.IO.File.Exists(project.Path) ? NotedIn(project.Path) : [];
        project.Vision = project.Vision with { Runs = [.. noted, .. (project.Vision.Runs ?? []).Where(run => noted.All(other => other.Folder != run.Folder))] };
    }

    // What somebody has broken meanwhile is written anew: a training must not end by it.
    private static IReadOnlyList<VisionRun> NotedIn(string file)
    {
        try
        {
            return TrainingProject.Load(file).Vision.Runs ?? [];
        }
        catch (InvalidDataException)
        {
            return [];
        }
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
        string runs = System.IO.Path.GetDirectoryName(Path)!;
        bool isOnly;
        using (TakeLock(System.IO.Path.GetDirectoryName(runs)!))
        {
            Directory.Delete(Path, recursive: true);
            isOnly = Directory.EnumerateFileSystemEntries(runs).All(entry => System.IO.Path.GetFileName(entry) == LockName);
        }

        if (isOnly)
        {
            try
            {
                System.IO.File.Delete(System.IO.Path.Combine(runs, LockName));
                Directory.Delete(runs);
            }
            catch (IOException)
            {
                // Another training has begun here meanwhile.
            }
        }
    }

    public void Dispose() => _log.Dispose();

    private static string Numbered(string runs, int number) => System.IO.Path.Combine(runs, number.ToString("d3", CultureInfo.InvariantCulture));

    private static IEnumerable<int> Numbers(string runs) => Directory.EnumerateFileSystemEntries(runs)
        .Select(path => int.TryParse(System.IO.Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0);
}
