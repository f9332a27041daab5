using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Storage.FileSystem;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>quota show|set|clear</c></summary>
internal static class QuotaCommand
{
    private static readonly Option<uint?> User = new("--user") { Description = "The quota of this user's objects; else the store's.", HelpName = "UID" };
    private static readonly Option<ulong?> Objects = new("--objects") { Description = "Most objects: maps, programs, links and BTF together.", HelpName = "N" };
    private static readonly Option<ulong?> Bytes = new("--bytes") { Description = "Most bytes that they may grow to.", HelpName = "N" };

    /// <summary>The group.</summary>
    public static Command Create() => new("quota", "Limit what may be created in a store.")
    {
        new Command("show", "Show the quotas in force, and what is used of them.").Does(Show),
        new Command("set", "Set a quota; what isn't given is not limited.") { User, Objects, Bytes }.Does(Set),
        new Command("clear", "Take a quota away.") { User }.Does(Clear),
    };

    private static void Show(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        BpfStore store = StoreOf(bpf);
        IReadOnlyList<StoreQuota> quotas = store.Quotas;
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["store"] = store.Path, ["quotas"] = new JsonArray([.. quotas.Select(Json)]) });
            return;
        }

        if (quotas.Count == 0)
        {
            CommandContext.WriteLine($"{store.Path} has no quota");
            return;
        }

        Table table = Tables.Create("quota of", "objects", "most", "bytes", "most");
        foreach (StoreQuota quota in quotas)
            table.Add([quota.User is { } user ? $"user {user}" : "the store", Text(quota.Objects), Text(quota.MaxObjects), Text(quota.Bytes), Text(quota.MaxBytes)]);
        context.Console.Write(table);
    }

    private static void Set(CommandContext context)
    {
        StoreQuota quota = new(context.Get(User), context.Get(Objects), context.Get(Bytes));
        if (quota.MaxObjects is null && quota.MaxBytes is null)
            throw CliException.Usage("a quota limits something: give --objects N, --bytes N or both ('holdfast quota clear' takes one away)");
        Change(context, quota);
    }

    private static void Clear(CommandContext context) => Change(context, new StoreQuota(context.Get(User), null, null));

    private static void Change(CommandContext context, StoreQuota quota)
    {
        using Bpf bpf = context.OpenBpf();
        StoreOf(bpf).SetQuota(quota);
        if (context.Json)
            CommandContext.WriteJson(new() { ["store"] = bpf.Store!.Path, ["quotas"] = new JsonArray([.. bpf.Store.Quotas.Select(Json)]) });
    }

    private static BpfStore StoreOf(Bpf bpf) =>
        bpf.Store ?? throw new CliException("the kernel counts its objects' memory against the cgroup (memory.max); only a store of the userspace engine has quotas");

    private static string Text(ulong? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static JsonObject Json(StoreQuota quota) => new()
    {
        ["user"] = quota.User,
        ["objects"] = quota.Objects,
        ["max_objects"] = quota.MaxObjects,
        ["bytes"] = quota.Bytes,
        ["max_bytes"] = quota.MaxBytes,
    };
}
