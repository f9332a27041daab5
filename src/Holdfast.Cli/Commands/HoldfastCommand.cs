using System.CommandLine;
using Holdfast.Cli.Comparing;
using Holdfast.Cli.Demo;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Replay;

namespace Holdfast.Cli.Commands;

/// <summary>The root of the command line.</summary>
internal static class HoldfastCommand
{
    /// <summary>All commands.</summary>
    public static RootCommand Create()
    {
        RootCommand root = new("Holdfast: eBPF for .NET that keeps what it loads.")
        {
            GlobalOptions.Engine,
            GlobalOptions.Store,
            GlobalOptions.Json,
            VerifyCommand.Create(),
            ProgCommand.Create(),
            MapCommand.Create(),
            LinkCommand.Create(),
            HookCommand.Create(),
            PinCommand.Create(),
            UnpinCommand.Create(),
            DevCommand.Create(),
            TreeCommand.Create(),
            MountCommand.Create(),
            UnmountCommand.Create(),
            MountsCommand.Create(),
            StoresCommand.Create(),
            IdCommand.Create(),
            FdInfoCommand.Create(),
            GraphCommand.Create(),
            WatchCommand.Create(),
            GcCommand.Create(),
            FsckCommand.Create(),
            BackupCommand.Create(),
            SyncCommand.Create(),
            QuotaCommand.Create(),
            AsmCommand.Create(),
            DisasmCommand.Create(),
            BtfCommand.Create(),
            ConformanceCommand.Create(),
            ReplayCommand.Create(),
            CompareCommand.Create(),
            DoctorCommand.Create(),
            FeatureCommand.Create(),
            DemoCommand.Create(),
        };
        return root;
    }
}
