namespace Holdfast.Cli.Hosting;

/// <summary>Reads what a command is given: a file, or <c>-</c> for stdin.</summary>
internal static class InputFile
{
    private const long Largest = 256L << 20;

    /// <summary>All bytes of a file or of stdin.</summary>
    public static byte[] ReadBytes(string path)
    {
        if (path == "-")
        {
            using Stream input = Console.OpenStandardInput();
            using MemoryStream all = new();
            input.CopyTo(all);
            return all.ToArray();
        }

        Require(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>All text of a file or of stdin.</summary>
    public static string ReadText(string path) => System.Text.Encoding.UTF8.GetString(ReadBytes(path));

    /// <summary>Says in one line why a file can't be an input.</summary>
    public static void Require(string path)
    {
        if (Directory.Exists(path))
            throw new CliException($"{path} is a directory, not a file");
        if (!File.Exists(path))
            throw new CliException($"{path}: there is no such file");

        // Devices and /proc files have no length; what has one must fit into memory.
        if (new FileInfo(path).Length > Largest)
            throw new CliException($"{path} is larger than {Largest >> 20} MB");
    }
}
