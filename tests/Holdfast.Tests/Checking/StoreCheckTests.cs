using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Tests.Checking;

/// <summary>Each kind of damage, done to a real store: it is found, repaired, and then the store is clean and works.</summary>
public sealed class StoreCheckTests
{
    /// <summary>What is done, what of it is told, and whether entries may be lost by it.</summary>
    private static readonly Dictionary<string, (Action<FilledStore> Do, string Told, uint Lost)> Repairable = new()
    {
        ["object without its name"] = (store => File.Delete(store.FileOf(store.Flows)), "has no name in objects", 0),
        ["pinned map without its name"] = (store => File.Delete(store.FileOf(store.Numbers)), "has no name in objects", 0),
        ["reference gone"] = (store => File.Delete($"{store.Path}/refs/p{store.Program}/m{store.Flows}"), "has no reference on it", 0),
        ["reference of a slot gone"] = (store => File.Delete($"{store.Path}/refs/m{store.Slots}/p{store.Program}"), "has no reference on it", 0),
        ["slot of a program that is gone"] = (store => FilledStore.Poke(store.FileOf(store.Slots), ObjectHeaderLayout.DataOffset + 4096 + (3 * 8), 0x92, 0x10), "it uses prog 4242, which is gone", 0),
        ["reference replaced by a copy"] = (store => FilledStore.Shell($"cd {store.Path}/refs/p{store.Program} && cp m{store.Flows} x && mv x m{store.Flows}"), "is no link of the file", 0),
        ["reference of nobody"] = (store => FilledStore.Shell($"cd {store.Path} && mkdir refs/p99 && ln objects/maps/{store.Numbers} refs/p99/m{store.Numbers}"), "which refers, is gone", 0),
        ["reference that no slot asks for"] = (store => FilledStore.Shell($"cd {store.Path} && ln objects/maps/{store.Numbers} refs/m{store.Slots}/m{store.Numbers}"), "no longer uses it", 0),
        ["interrupted replacement"] = (store => FilledStore.Shell($"cd {store.Path} && mkdir refs/m{store.Numbers} && ln objects/maps/{store.Numbers} refs/m{store.Numbers}/m{store.Numbers}"), "replacement of a pin was interrupted", 0),
        ["garbage"] = (store => File.Delete(store.Pin("big")), "nothing refers to it any more", 0),
        ["garbage that refers"] = (store => FilledStore.Shell($"rm -r {store.Pin("flow")} {store.Pin("slots")}"), "nothing refers to them any more", 0),
        ["object never finished"] = (store => File.WriteAllBytes($"{store.Path}/objects/maps/77", new byte[5000]), "never finished", 0),
        ["counter behind"] = (store => FilledStore.Poke($"{store.Path}/state", StoreState.NextIdWords + 8, 1), "the counter says 1", 0),
        ["state gone"] = (store => File.Delete($"{store.Path}/state"), "it is gone", 0),
        ["state cut"] = (store => FilledStore.Shell($"truncate -s 100 {store.Path}/state"), "it has 100 bytes", 0),
        ["mount gone"] = (store => MountAndRemove(store), "its directory", 0),
        ["unmount interrupted"] = (store => MountAndLeave(store), "was interrupted", 0),
        ["default mount unregistered"] = (store => File.Delete($"{store.Path}/mounts/default"), "registration of the default bpffs is gone", 0),
        ["directory gone"] = (store => FilledStore.Shell($"rmdir {store.Path}/objects/links"), "the directory is gone", 0),
        ["other boot"] = (store => FilledStore.Poke(store.FileOf(store.Numbers), ObjectHeaderLayout.BootIdOffset, 1, 2, 3), "another boot", 0),
        ["lock of a dead writer"] = (store => store.PokeNumbers(FilledStore.StripePlace(5), LockWord.Make(0, 1)), "held by a writer that died", 0),
        ["allocator lock of a dead writer"] = (store => store.PokeNumbers(HashAllocator.LockOffset, LockWord.Make(3, 7)), "held by a writer that died", 0),
        ["element of a dead writer"] = (store => store.PokeNumbers(store.ElementPlace(5) + 12, LockWord.Make(0, 1) | HashElement.CountsAsEntry), "a writer died while it changed element 5", 0),
        ["count"] = (store => store.PokeNumbers(HashAllocator.EntriesOffset, 7), "counts 7 entries and has 200", 0),
        ["free queue"] = (store => Leak(store), "free elements", 0),
        ["half-done large update"] = (store => FilledStore.Poke(store.FileOf(store.Big), ObjectHeaderLayout.DataOffset, [.. BitConverter.GetBytes(LockWord.Make(0, 1)), 0, 0, 0, 0, 3]), "large updates is held by a writer that died", 0),
        ["split of a dead writer"] = (store => Unsplit(store), "held by a writer that died", 0),
        ["chain out of order"] = (store => Turn(store), "out of order", 1),
        ["link out of bounds"] = (store => store.PokeNumbers(store.BucketPlace(store.FindBucket(1).Bucket), 0x7fffffff), "which was never used", 1),
        ["loop"] = (store => Loop(store), "reached twice", 0),
        ["chains that join"] = (store => store.PokeNumbers(store.ElementPlace(store.FindBucket(1).Chain[0]), store.FindBucket(2).Chain[0] + 1), "", 2),
        ["foreign hash"] = (store => store.PokeNumbers(store.ElementPlace(store.FindBucket(1).Chain[0]) + 4, 0x01234567), "belongs to", 1),
        ["another key"] = (store => store.PokeNumbers(store.ElementPlace(store.FindBucket(1).Chain[0]) + HashLayout.HeaderBytes, 0x01234567), "has another hash than it says", 1),
        ["free element in a bucket"] = (store => store.PokeNumbers(store.ElementPlace(store.FindBucket(1).Chain[0]) + 12, HashElement.Free), "which is free", 1),
        ["entry lost to its bucket"] = (store => store.PokeNumbers(store.BucketPlace(store.FindBucket(1).Bucket), 0), "no bucket leads to it", 1),
        ["double key"] = (store => Double(store), "have the same key", 1),
    };

    public StoreCheckTests() => StoreCheck.IsHasty = true;

    public static TheoryData<string> RepairableDamage => [.. Repairable.Keys];

    [Fact]
    public void ASoundStoreIsClean()
    {
        using FilledStore store = new();
        StoreCheckReport report = BpfStore.Check(store.Path);
        Assert.Equal([], report.Findings);
        Assert.True(report.Objects >= 7, $"{report.Objects}");
        Assert.Empty(BpfStore.Repair(store.Path).Fixed);
        using Bpf open = store.Open();
        Assert.Equal([], BpfStore.Check(store.Path).Findings);
    }

    [Theory]
    [MemberData(nameof(RepairableDamage))]
    public void DamageIsFoundAndRepaired(string damage)
    {
        (Action<FilledStore> cause, string told, uint lost) = Repairable[damage];
        using FilledStore store = new();
        cause(store);
        StoreCheckReport found = BpfStore.Check(store.Path);
        Assert.Contains(found.Findings, finding => finding.What.Contains(told, StringComparison.Ordinal));
        Assert.Equal(found.Findings, BpfStore.Check(store.Path).Findings);
        StoreRepairReport repaired = BpfStore.Repair(store.Path);
        Assert.Equal([], repaired.Failures);
        Assert.Equal([], repaired.Remaining);
        Assert.Equal(found.Findings.Count, repaired.Fixed.Count);
        Assert.Equal([], BpfStore.Check(store.Path).Findings);
        Assert.Equal(lost > 0, Directory.Exists($"{store.Path}/quarantine") && damage != "reference replaced by a copy" && damage != "loop");
        using (Bpf bpf = store.Open())
        using (BpfMap numbers = bpf.OpenPinnedMap(store.Pin("numbers")))
            Assert.InRange(numbers.Entries().Count(), (int)(FilledStore.Entries - lost), (int)FilledStore.Entries);
        if (lost == 0 && damage != "garbage that refers")
            store.Works();
        Assert.Equal([], BpfStore.Check(store.Path).Findings);
    }

    /// <summary>What nobody can put right is told, and nothing of it is changed.</summary>
    [Theory]
    [InlineData("header", "its header doesn't check")]
    [InlineData("magic", "no magic number")]
    [InlineData("zeros", "its header is gone")]
    [InlineData("short", "it was shortened")]
    [InlineData("section", "doesn't check")]
    [InlineData("name", "its header says that it is map")]
    [InlineData("newer", "a newer version made it")]
    [InlineData("shape", "its shape needs")]
    [InlineData("file", "it is no name of the store's")]
    [InlineData("identity", "doesn't check")]
    [InlineData("unfinished", "never finished, or damaged")]
    public void DamageThatStaysIsTold(string damage, string told)
    {
        using FilledStore store = new();
        string map = store.FileOf(store.Numbers);
        switch (damage)
        {
            case "header":
                FilledStore.Poke(map, 500, 1);
                break;
            case "magic":
                FilledStore.Poke(map, 0, 1);
                break;
            case "zeros":
                FilledStore.Poke(map, 0, new byte[1024]);
                break;
            case "short":
                FilledStore.Shell($"truncate -s 6000 {map}");
                break;
            case "section":
                FilledStore.Poke($"{store.Path}/objects/programs/{store.Program}", 4096 + 8, 0xff, 0xfe);
                break;
            case "name":
                FilledStore.Shell($"cp {map} {store.Path}/objects/maps/90");
                break;
            case "newer":
                Reseal(map, header => header[ObjectHeaderLayout.IncompatOffset + 7] = 0x40);
                break;
            case "shape":
                Reseal(map, header => header[ObjectHeaderLayout.AttributesOffset + 13] = 0x40);
                break;
            case "file":
                File.WriteAllText($"{store.Path}/objects/maps/readme", "");
                break;
            case "identity":
                FilledStore.Poke($"{store.Path}/store", 41, 9);
                break;
            default:
                File.Delete($"{store.Path}/store");
                break;
        }

        StoreCheckReport found = BpfStore.Check(store.Path);
        Assert.Contains(found.Findings, finding => finding.What.Contains(told, StringComparison.Ordinal) && !finding.IsRepairable);
        byte[] before = FilledStore.Read(map);
        Assert.Contains(BpfStore.Repair(store.Path).Remaining, finding => finding.What.Contains(told, StringComparison.Ordinal));
        Assert.Equal(before, FilledStore.Read(map));
    }

    [Fact]
    public void WhatIsNoStoreIsSaidInOneLine()
    {
        using FilledStore store = new();
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => BpfStore.Check(store.Root)).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => BpfStore.Check(store.Root + "/nothing")).Errno);
    }

    /// <summary>A map in use can't be stopped: what dead writers left is put right, damage waits for its users to go.</summary>
    [Fact]
    public void AMapInUseIsRepairedAsFarAsItCanBe()
    {
        using FilledStore store = new();
        using Bpf bpf = store.Open();
        using BpfMap numbers = bpf.OpenPinnedMap(store.Pin("numbers"));
        store.PokeNumbers(FilledStore.StripePlace(5), LockWord.Make(9, 1));
        store.PokeNumbers(store.ElementPlace(5) + 12, LockWord.Make(9, 1) | HashElement.CountsAsEntry);
        Assert.Equal(2, BpfStore.Check(store.Path).Findings.Count);
        Assert.Equal([], BpfStore.Repair(store.Path).Remaining);
        uint bucket = store.FindBucket(1).Bucket;
        store.PokeNumbers(store.BucketPlace(bucket), 0x7fffffff);
        Assert.NotEmpty(BpfStore.Repair(store.Path).Remaining);
    }

    private static void Reseal(string file, Action<byte[]> change)
    {
        byte[] header = FilledStore.Read(file)[..ObjectHeaderLayout.ReadLength];
        change(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(header));
        FilledStore.Poke(file, 0, header);
    }

    private static void MountAndRemove(FilledStore store)
    {
        using Bpf bpf = store.Open();
        string directory = Directory.CreateDirectory($"{store.Root}/team").FullName;
        bpf.Mount(directory, "");
        Directory.Delete(directory, recursive: true);
    }

    private static void MountAndLeave(FilledStore store)
    {
        using Bpf bpf = store.Open();
        string directory = Directory.CreateDirectory($"{store.Root}/team").FullName;
        bpf.Mount(directory, "");
        File.AppendAllText($"{directory}/.bpffs", "leaving=1\n");
    }

    /// <summary>One element, free and queued, falls out of the queue.</summary>
    private static void Leak(FilledStore store)
    {
        using (Bpf bpf = store.Open())
        using (BpfMap numbers = bpf.OpenPinnedMap(store.Pin("numbers")))
        {
            for (uint index = 0; index < 20; index++)
                numbers.Update(BitConverter.GetBytes(FilledStore.Key(index)), FilledStore.Value(FilledStore.Key(index)));
        }

        store.PokeNumbers(HashAllocator.QueuedOffset, store.PeekNumbers(HashAllocator.QueuedOffset) - 1);
        store.PokeNumbers(HashAllocator.HeadOffset, store.PeekNumbers(store.ElementPlace(store.PeekNumbers(HashAllocator.HeadOffset) - 1)));
    }

    /// <summary>A bucket still leads to what a split has given to another.</summary>
    private static void Unsplit(FilledStore store)
    {
        uint half = 1;
        while (half * 2 < store.PeekNumbers(HashMap.BucketCountOffset))
            half *= 2;
        uint added = half;
        while (store.PeekNumbers(store.BucketPlace(added)) == 0)
            added++;
        long link = store.BucketPlace(added - half);
        while (store.PeekNumbers(link) != 0)
            link = store.ElementPlace(store.PeekNumbers(link) - 1);
        store.PokeNumbers(link, store.PeekNumbers(store.BucketPlace(added)));
        uint stripe = (added - half) & (store.NumbersLayout.Stripes - 1);
        store.PokeNumbers(FilledStore.StripePlace(stripe), LockWord.Make(0, 1));
        store.PokeNumbers(FilledStore.StripePlace(stripe) + 12, added - half);
    }

    /// <summary>Two elements of a bucket change places.</summary>
    private static void Turn(FilledStore store)
    {
        (uint bucket, List<uint> chain) = store.FindBucket(2);
        store.PokeNumbers(store.BucketPlace(bucket), chain[1] + 1);
        store.PokeNumbers(store.ElementPlace(chain[1]), chain[0] + 1);
        store.PokeNumbers(store.ElementPlace(chain[0]), 0);
    }

    private static void Loop(FilledStore store)
    {
        List<uint> chain = store.FindBucket(2).Chain;
        store.PokeNumbers(store.ElementPlace(chain[1]), chain[0] + 1);
    }

    /// <summary>A second element with the key of the first, as a torn disk may leave it.</summary>
    private static void Double(FilledStore store)
    {
        List<uint> chain = store.FindBucket(2).Chain;
        byte[] file = FilledStore.Read(store.FileOf(store.Numbers));
        int first = (int)(ObjectHeaderLayout.DataOffset + store.ElementPlace(chain[0]));
        FilledStore.Poke(store.FileOf(store.Numbers), ObjectHeaderLayout.DataOffset + store.ElementPlace(chain[1]) + 4, file.AsSpan(first + 4, 4).ToArray());
        FilledStore.Poke(store.FileOf(store.Numbers), ObjectHeaderLayout.DataOffset + store.ElementPlace(chain[1]) + HashLayout.HeaderBytes, file.AsSpan(first + HashLayout.HeaderBytes, 4).ToArray());
    }
}
