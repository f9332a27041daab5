using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Creating against a quota.</content>
public static partial class ChildScenarios
{
    /// <summary>store: creates until there is no room, prints how many, and keeps them until standard input ends.</summary>
    public static void CreateUntilRefused(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        List<ObjectFile> created = QuotaTests.CreateUntilRefused(store);
        Console.WriteLine(created.Count);
        Console.In.ReadToEnd();
        created.ForEach(file => file.Dispose());
    }

    /// <summary>user, store, limit: sets the limit, reads it, and creates; prints the answers.</summary>
    public static void QuotaAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        using Store store = Open(arguments[1]);
        Errno set = store.Quotas.Set(new(null, ulong.Parse(arguments[2], CultureInfo.InvariantCulture), null))?.Errno ?? Errno.None;
        string read = store.Quotas.Read(out IReadOnlyList<StoreQuota> quotas) is { } error ? $"{error.Errno}" : $"{quotas.Count}";
        Errno create = store.TryCreate(TemporaryStore.Map(), out _, out error) ? Errno.None : error.Errno;
        Console.WriteLine($"set:{set} read:{read} create:{create}");
    }

    /// <summary>user, store: creates until refused, prints how many, and ends as a crash does.</summary>
    public static void LeaveOrphansAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        using Store store = Open(arguments[1]);
        Console.WriteLine(QuotaTests.CreateUntilRefused(store).Count);
    }
}
