using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Features;

/// <summary>What both engines have.</summary>
internal sealed class FeatureMatrix
{
    private readonly List<(string Name, bool? User, bool? Kernel)> _maps = [];
    private readonly List<(string Name, bool? User, bool? Kernel, string[] UserHelpers, string[] KernelHelpers)> _programs = [];
    private readonly EngineFeatures _user;
    private readonly EngineFeatures _kernel;

    private FeatureMatrix(EngineFeatures user, EngineFeatures kernel)
    {
        _user = user;
        _kernel = kernel;
    }

    /// <summary>Asks both engines for all there are names for.</summary>
    public static FeatureMatrix Probe(BpfFeatures user, BpfFeatures kernel)
    {
        FeatureMatrix matrix = new(new(user), new(kernel));
        foreach (MapType type in BpfFeatures.KnownMapTypes)
            matrix._maps.Add((KernelNames.Of(type), matrix._user.Has(type), matrix._kernel.Has(type)));
        foreach (ProgramType type in BpfFeatures.KnownProgramTypes)
        {
            matrix._programs.Add((
                KernelNames.Of(type), matrix._user.Has(type), matrix._kernel.Has(type), Helpers(matrix._user, type), Helpers(matrix._kernel, type)));
        }

        return matrix;
    }

    /// <summary>As tables.</summary>
    public void Print(IAnsiConsole console)
    {
        Table maps = Tables.Create("map type", "user", "kernel");
        foreach ((string name, bool? user, bool? kernel) in _maps)
            maps.Add(name, Mark(user), Mark(kernel));
        console.Write(maps);

        Table programs = Tables.Create("program type", "user", "helpers", "kernel", "helpers", "helpers that only the kernel has");
        foreach ((string name, bool? user, bool? kernel, string[] userHelpers, string[] kernelHelpers) in _programs)
            programs.Add(name, Mark(user), Count(user, userHelpers), Mark(kernel), Count(kernel, kernelHelpers), string.Join(' ', user == true ? kernelHelpers.Except(userHelpers) : []));
        console.Write(programs);
        foreach (string refusal in new[] { _user.Refusal, _kernel.Refusal }.OfType<string>())
            console.WriteLine(refusal);
    }

    /// <summary>As JSON; null is unknown.</summary>
    public JsonObject Json()
    {
        JsonObject json = new()
        {
            ["map_types"] = new JsonArray([.. _maps.Select(map => new JsonObject { ["name"] = map.Name, ["user"] = map.User, ["kernel"] = map.Kernel })]),
            ["program_types"] = new JsonArray([.. _programs.Select(program => new JsonObject
            {
                ["name"] = program.Name,
                ["user"] = program.User,
                ["kernel"] = program.Kernel,
                ["user_helpers"] = Names(program.UserHelpers),
                ["kernel_helpers"] = Names(program.KernelHelpers),
            })]),
        };
        if (_user.Refusal is { } user)
            json["user_refusal"] = user;
        if (_kernel.Refusal is { } kernel)
            json["kernel_refusal"] = kernel;
        return json;
    }

    private static string[] Helpers(EngineFeatures engine, ProgramType type) =>
        [.. BpfFeatures.KnownHelpers.Where(helper => engine.Has(type) == true && engine.Has(type, helper) == true).Select(helper => KernelNames.Of(helper))];

    private static JsonArray Names(string[] names) => new([.. names.Select(name => JsonValue.Create(name))]);

    private static string Mark(bool? has) => has switch { true => "yes", false => "-", null => "?" };

    private static string Count(bool? has, string[] helpers) => has == true && helpers.Length > 0 ? $"{helpers.Length}" : "";
}
