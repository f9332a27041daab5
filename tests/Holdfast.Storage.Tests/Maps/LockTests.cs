using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;
using Tmds.Linux;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Lock words of dead, living and impossible owners.</summary>
public class LockTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(0x0000_0105u)] // a slot that nobody holds
    [InlineData(0xffff_ff05u)] // a generation that never was
    [InlineData(0x0000_0080u)] // nobody, but waited for
    [InlineData(0xffff_ffffu)] // a slot that does not exist
    [InlineData(0x0000_007fu)]
    public async Task A_word_without_a_living_owner_is_taken_over(uint word)
    {
        using TestMap hash = TestMap.Create(MapType.Hash, 4, 16, 1);
        Assert.Equal(0, hash.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 1), UpdateFlags.Any));
        HashLayout layout = HashLayout.For(hash.Shared.Attributes);
        for (uint stripe = 0; stripe < layout.Stripes; stripe++)
            hash.Poke(HashLayout.StripesOffset + (stripe * HashLayout.StripeBytes), BitConverter.GetBytes(word));
        hash.Poke(HashAllocator.LockOffset, BitConverter.GetBytes(word));
        await Within(() => Assert.Equal(0, hash.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 2), UpdateFlags.Any)));

        using TestMap array = TestMap.Create(MapType.Array, 4, 16, 1);
        Assert.Equal(0, array.Array.Update(SelfVerifying.Key(0), SelfVerifying.Value(16, 0, 1), UpdateFlags.Any));
        array.Poke(ArrayLayout.LockOffset, BitConverter.GetBytes(word));
        await Within(() => Assert.Equal(0, array.Array.Update(SelfVerifying.Key(0), SelfVerifying.Value(16, 0, 2), UpdateFlags.Any)));
    }

    [Fact]
    public async Task An_update_that_died_past_its_turning_point_is_completed_by_the_next_writer_and_seen_by_readers_before()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 64, 4);
        Assert.Equal(0, map.Array.Update(SelfVerifying.Key(2), SelfVerifying.Value(64, 2, 1), UpdateFlags.Any));
        ArrayLayout layout = ArrayLayout.For(map.Shared.Attributes);

        // As a writer leaves it that dies in the middle of the copy: half of the element is new.
        map.Poke(layout.RedoOffset, SelfVerifying.Value(64, 2, 9));
        map.Poke(ArrayLayout.RedoIndexOffset, BitConverter.GetBytes(3ul));
        map.Poke(layout.ElementsOffset + layout.Placement.OffsetOf(2) + layout.ValueOffset, SelfVerifying.Value(64, 2, 9).AsSpan(0, 32));
        map.Poke(ArrayLayout.LockOffset, BitConverter.GetBytes(0x0000_0105u));
        byte[] value = new byte[64];
        Assert.Equal(0, map.Array.Lookup(SelfVerifying.Key(2), value));
        Assert.Equal(9ul, SelfVerifying.Read(value, 2));
        await Within(() => Assert.Equal(0, map.Array.Update(SelfVerifying.Key(0), SelfVerifying.Value(64, 0, 5), UpdateFlags.Any)));
        Assert.Equal(0, map.Array.Lookup(SelfVerifying.Key(2), value));
        Assert.Equal(9ul, SelfVerifying.Read(value, 2));
    }

    [Fact]
    public async Task A_living_owner_is_waited_for_and_a_killed_one_is_not()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, 1);
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 1), UpdateFlags.Any));
        using Process holder = Child.Start(nameof(ChildScenarios.HoldBucket), map.Temporary.StorePath, map.Pin("m"));
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        Task<int> update = Task.Run(() => map.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 2), UpdateFlags.Any));
        await Task.Delay(200);
        Assert.False(update.IsCompleted, "a lock was taken from a living process");

        // Reading waits for nobody.
        byte[] value = new byte[16];
        await Within(() => Assert.Equal(0, map.Hash.Lookup(SelfVerifying.Key(1), value)));
        holder.Kill();
        Assert.Equal(0, await update.WaitAsync(Bound));
        await holder.WaitForExitAsync();
    }

    [Fact]
    public void When_all_leases_are_taken_a_further_writer_is_told_and_readers_read_on()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 8);
        List<TestMap> views = [];
        for (int slot = 0; slot < LeaseTable.Slots; slot++)
        {
            views.Add(map.Again());
            Assert.Equal(0, views[^1].Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        }

        Assert.Equal(-(int)Errno.EAGAIN, map.Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        Assert.Equal(0, map.Hash.Lookup(SelfVerifying.Key(1), new byte[8]));
        views[40].Dispose();
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        foreach (TestMap view in views)
            view.Dispose();
    }

    /// <summary>Between fork and exec, a child that any thread starts holds a copy of every descriptor.</summary>
    [Fact]
    public void A_lease_is_free_again_while_a_copy_of_its_descriptor_is_open()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 8);
        List<TestMap> views = [];
        for (int slot = 0; slot < LeaseTable.Slots; slot++)
        {
            views.Add(map.Again());
            Assert.Equal(0, views[^1].Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        }

        List<int> copies = [.. DescriptorsOf(map.Temporary.PathOf(map.File.Key)).Select(LibC.dup)];
        Assert.True(copies.Count > LeaseTable.Slots);
        views[40].Dispose();
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        copies.ForEach(copy => Assert.Equal(0, LibC.close(copy)));
        views.ForEach(view => view.Dispose());
    }

    /// <summary>This process's descriptors of a file.</summary>
    private static IEnumerable<int> DescriptorsOf(string path) => Directory.GetFiles("/proc/self/fd")
        .Where(link => new FileInfo(link).LinkTarget == path)
        .Select(link => int.Parse(Path.GetFileName(link)));

    /// <summary>Fails with a timeout where it would wait for ever.</summary>
    private static Task Within(Action action) => Task.Run(action).WaitAsync(Bound);
}
