using System.Text.Json.Nodes;

namespace Holdfast.Cli.Formatting;

/// <summary>What is told of a hook.</summary>
internal static class HookText
{
    /// <summary>The hook as a row.</summary>
    public static string[] Row(Hook hook)
    {
        HookPrograms attached = hook.ReadPrograms();
        string programs = string.Join(", ", attached.Programs.Select(program => $"{program.ProgramId} (link {program.LinkId})"));
        return [$"{hook.Id}", KernelNames.Of(hook.ProgramType), KernelNames.Of(hook.AttachType), hook.Name, $"{hook.Slots}", $"{attached.Revision}", programs];
    }

    /// <summary>The hook as JSON.</summary>
    public static JsonObject Json(Hook hook)
    {
        HookPrograms attached = hook.ReadPrograms();
        return new()
        {
            ["id"] = hook.Id,
            ["name"] = hook.Name,
            ["type"] = KernelNames.Of(hook.ProgramType),
            ["attach_type"] = KernelNames.Of(hook.AttachType),
            ["slots"] = hook.Slots,
            ["revision"] = attached.Revision,
            ["programs"] = new JsonArray([.. attached.Programs.Select(program => new JsonObject { ["prog_id"] = program.ProgramId, ["link_id"] = program.LinkId })]),
        };
    }
}
