using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map update PATH KEY VALUE [--only any|noexist|exist]</c></summary>
internal static class MapUpdateCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Argument<string> Key = MapArguments.Key();
    private static readonly Argument<string> Value = MapArguments.Value();
    private static readonly Option<string> Only = CreateOnly();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("update", "Create or replace an entry.") { Path, Key, Value, Only }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path));
        MapFormat format = new(map);
        byte[] key = format.ParseKey(context.Get(Key));
        // Maps of programs or maps are given a pin's name; its descriptor is what bpf(2) wants.
        using BpfProgram? program = map.Type == MapType.ProgArray ? PinArgument.OpenProgram(bpf, context.Get(Value)) : null;
        using BpfMap? inner = map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps ? PinArgument.OpenMap(bpf, context.Get(Value)) : null;
        byte[] value = (program?.Handle ?? inner?.Handle) is { } handle ? BitConverter.GetBytes(handle.Descriptor) : format.ParseValue(context.Get(Value));
        UpdateFlags flags = context.Get(Only) switch
        {
            "noexist" => UpdateFlags.NoExist,
            "exist" => UpdateFlags.Exist,
            _ => UpdateFlags.Any,
        };
        map.Update(key, value, flags);
        if (context.Json)
            CommandContext.WriteJson(new() { ["key"] = format.Key(key), ["updated"] = true });
    }

    private static Option<string> CreateOnly()
    {
        Option<string> option = new("--only") { Description = "Only create (noexist), only replace (exist).", DefaultValueFactory = _ => "any" };
        option.AcceptOnlyFromAmong("any", "noexist", "exist");
        return option;
    }
}
