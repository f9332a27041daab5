using System.Text.Json.Nodes;

namespace Holdfast.Cli.Formatting;

/// <summary>What is told of a link.</summary>
internal static class LinkText
{
    /// <summary>The link as a row.</summary>
    public static string[] Row(LinkDetails link) => [$"{link.Id}", KernelNames.Of(link.Type), $"{link.ProgramId}", Target(link)];

    /// <summary>What it is attached to, in words.</summary>
    public static string Target(LinkDetails link)
    {
        string type = link.AttachType is { } attachType ? $"{KernelNames.Of(attachType)} " : "";
        return link switch
        {
            { InterfaceIndex: 0 } or { CgroupId: 0 } or { NetworkNamespace: 0 } or { HookId: 0 } => $"{type}(detached)",
            { InterfaceIndex: { } index } => $"{type}ifindex {index}",
            { HookId: { } hook } => $"{type}hook {hook}",
            { CgroupId: { } cgroup } => $"{type}cgroup {cgroup}",
            { NetworkNamespace: { } inode } => $"{type}netns {inode}",
            { Netfilter: { } hook } => $"{hook.Family} {hook.Point}, priority {hook.Priority}".ToLowerInvariant(),
            { TargetBtfId: { } id } => $"{type}BTF id {id} of object {link.TargetObjectId}",
            { TargetName: { } name, MapId: { } map } => $"{name}, map {map}",
            { TargetName: { } name } => name,
            { MapId: { } map } => $"{type}map {map}",
            _ => type.TrimEnd(),
        };
    }

    /// <summary>The link as JSON, names as bpftool's.</summary>
    public static JsonObject Json(LinkDetails link)
    {
        JsonObject json = new() { ["id"] = link.Id, ["type"] = KernelNames.Of(link.Type), ["prog_id"] = link.ProgramId };
        Add(json, "attach_type", link.AttachType is { } type ? KernelNames.Of(type) : null);
        Add(json, "ifindex", link.InterfaceIndex);
        Add(json, "netns_ino", link.NetworkNamespace);
        Add(json, "cgroup_id", link.CgroupId);
        Add(json, "hook_id", link.HookId);
        Add(json, "target_name", link.TargetName);
        Add(json, "map_id", link.MapId);
        Add(json, "target_obj_id", link.TargetObjectId);
        Add(json, "target_btf_id", link.TargetBtfId);
        if (link.Netfilter is { } hook)
        {
            Add(json, "pf", hook.Family.ToString().ToLowerInvariant());
            Add(json, "hook", KernelNames.Of(hook.Point));
            Add(json, "prio", hook.Priority);
        }

        return json;
    }

    private static void Add<T>(JsonObject json, string name, T? value)
    {
        if (value is not null)
            json[name] = JsonValue.Create(value);
    }
}
