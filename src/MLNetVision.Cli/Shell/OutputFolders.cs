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
        catch (Exception e) when (e is UnauthorizedAccessException || (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(folder)))
        {
            throw new CommandException(ExitCode.Failure, $"The folder '{Path.GetFullPath(folder)}' cannot be written: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(folder) || !Directory.Exists(folder))
        {
            throw new CommandException(ExitCode.Usage, $"There cannot be a folder '{Path.GetFullPath(folder)}': {e.Message}", e);
        }
    }

    /// <summary>Refuses a folder that cannot be made, since it or one above it is a file; nothing is made.</summary>
    public static void RefuseFile(string folder)
    {
        for (string? above = Path.GetFullPath(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw new CommandException(ExitCode.Usage, $"'{above}' is a file, where a folder is to be made: name another place with --output.");
            }
        }
    }

    /// <summary>Makes the folder of a file and looks whether it can be written; the file must be no folder.</summary>
    public static void CheckFile(string file)
    {
        if (Directory.Exists(file))
        {
            throw new CommandException(ExitCode.Usage, $"'{Path.GetFullPath(file)}' is a folder, where a file is to be written: name a file in it.");
        }

        Check(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }
}
