using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Hooks in stores of other versions, other boots and other users.</summary>
public class HookStoreTests
{
    private const UnixFileMode Visible = (UnixFileMode)0x1ED;

    [Fact]
    public void A_store_made_before_hooks_gets_its_directory_from_its_owner()
    {
        using TemporaryStore temporary = new();
        temporary.Store.Dispose();
        Directory.Delete(temporary.StorePath + "/objects/hooks");
        using Store store = temporary.Open();
        using ObjectFile hook = TemporaryStore.Create(store, TemporaryStore.Hook());
        Assert.Equal([hook.Key.Id], store.Ids(ObjectKind.Hook));
    }

    /// <summary>What such a store is to somebody who may only read it.</summary>
    [Fact]
    public void A_store_without_hooks_has_none()
    {
        if (Environment.UserName != "root")
            Assert.Skip("only root becomes another user");
        using TemporaryStore temporary = new();
        Directory.Delete(temporary.StorePath + "/objects/hooks");
        File.SetUnixFileMode(temporary.Root, Visible);
        foreach (string directory in Directory.EnumerateDirectories(temporary.StorePath, "*", SearchOption.AllDirectories).Append(temporary.StorePath))
            File.SetUnixFileMode(directory, Visible);
        Assert.Equal((0, "0 hooks, ENOENT"), Child.Run(nameof(ChildScenarios.LookForHooksAsUser), "1234", temporary.StorePath));
    }

    /// <summary>A version that doesn't know hooks takes their bit for a newer version's, in the header and in the store's state, and frees nothing.</summary>
    [Fact]
    public void A_hook_says_that_who_does_not_know_it_must_not_sweep()
    {
        using TemporaryStore temporary = new();
        Assert.Equal(0UL, temporary.Store.State!.ObjectIncompat & ObjectFeatures.Hook);
        using ObjectFile hook = TemporaryStore.Create(temporary.Store, TemporaryStore.Hook());
        Assert.Equal(ObjectFeatures.Hook, hook.Header.Features.Incompat);
        Assert.Equal(ObjectFeatures.Hook, temporary.Store.State.ObjectIncompat & ObjectFeatures.Hook);
    }

    /// <summary>After a loss of power a link's file may be missing that the list has: its id must not come to stand for another link.</summary>
    [Fact]
    public void The_first_opener_of_a_boot_drops_what_lost_its_link()
    {
        using TemporaryStore temporary = new();
        using ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program()), other = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        using ObjectFile hook = TemporaryStore.Create(temporary.Store, TemporaryStore.Hook());
        using ObjectFile kept = TemporaryStore.Attach(temporary.Store, hook, program);
        ObjectFile lost = TemporaryStore.Attach(temporary.Store, hook, other);
        File.Delete(temporary.PathOf(lost.Key));
        Directory.Delete($"{temporary.StorePath}/refs/{lost.Key}", recursive: true);
        Assert.Equal(2, HookLinks.Read(hook, out _).Count);
        using Store next = temporary.Open(new StoreOptions { SweepBudget = 0, BootId = Guid.NewGuid() });
        Assert.Equal([new HookSlot(kept.Key.Id, program.Key.Id)], HookLinks.Read(hook, out _));
    }

    /// <summary>Threads attach, detach and close at once: no change of the list is lost.</summary>
    [Fact]
    public void Racing_changes_of_a_list_are_all_there()
    {
        const int Rounds = 100;
        using TemporaryStore temporary = new();
        using ObjectFile hook = TemporaryStore.Create(temporary.Store, TemporaryStore.Hook());
        ObjectFile[] programs = [.. Enumerable.Range(0, 4).Select(_ => TemporaryStore.Create(temporary.Store, TemporaryStore.Program()))];
        Parallel.For(0, programs.Length, index =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                using ObjectFile link = TemporaryStore.Attach(temporary.Store, hook, programs[index]);
                Assert.True(HookLinks.TryFind(temporary.Store, link, out uint found));
                Assert.Equal(programs[index].Key.Id, found);
                if (round % 2 == 0)
                    Assert.Null(HookLinks.Detach(temporary.Store, link));
            }
        });
        HookLinks.Sweep(temporary.Store, hook);
        Assert.Empty(HookLinks.Read(hook, out _));
        foreach (ObjectFile program in programs)
            program.Dispose();
        Assert.Equal([hook.Key], temporary.Objects());
    }
}
