using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>map …</c></summary>
internal static class MapCommand
{
    /// <summary>The group.</summary>
    public static Command Create() => new("map", "Create, inspect and change maps.")
    {
        MapCreateCommand.Create(),
        MapShowCommand.Create(),
        MapLookupCommand.Create(),
        MapUpdateCommand.Create(),
        MapDeleteCommand.Create(),
        MapDumpCommand.Create(),
        MapNextCommand.Create(),
        MapPushCommand.Create(),
        MapPopCommand.CreatePop(),
        MapPopCommand.CreatePeek(),
        MapExportCommand.Create(),
        MapImportCommand.Create(),
    };
}
