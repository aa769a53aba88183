namespace MLNetVision.Cli.Shell;

/// <summary>Looks before long work whether its result can be written.</summary>
internal static class OutputFolders
{
    /// <summary>Makes a folder and writes a file into it, which goes away again.</summary>
    /// <exception cref="CommandException">That is not possible; the message says why.</exception>
    public static void Check(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream probe = new(Path.Combine(folder, $".{Guid.NewGuid():n}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandException(ExitCode.Failure, $"The folder '{Path.GetFullPath(folder)}' cannot be written: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(folder) || !Directory.Exists(folder))
        {
            throw new CommandException(ExitCode.Usage, $"There cannot be a folder '{Path.GetFullPath(folder)}': {e.Message}", e);
        }
    }

    /// <summary>The same for the folder of a file, which must not be a folder itself.</summary>
    public static void CheckFile(string file)
    {
        if (Directory.Exists(file))
        {
            throw new CommandException(ExitCode.Usage, $"'{Path.GetFullPath(file)}' is a folder, where a file is to be written: name a file in it.");
        }

        Check(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }
}
