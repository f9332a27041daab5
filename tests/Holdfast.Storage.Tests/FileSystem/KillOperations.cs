using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>
/// The operations that a process is killed within. What must live afterwards is pinned as <c>keep</c>, what may as <c>maybe</c>.
/// </summary>
internal static class KillOperations
{
    /// <summary>Sets the scene, and returns what to be killed in.</summary>
    public static Action Prepare(Store store, string name) => name switch
    {
        "create" => () => NewMap(store),
        "create-program" => PrepareProgram(store),
        "pin" => PreparePin(store),
        "unpin" => PrepareUnpin(store),
        "close" => NewMap(store).Dispose,
        "close-program" => PrepareCloseProgram(store),
        "replace" => PrepareReplace(store),
        "replace-pin" => PrepareReplacePin(store),
        "replace-pin-by-itself" => PrepareReplacePinByItself(store),
        "create-hook" => () => TemporaryStore.Create(store, TemporaryStore.Hook()),
        "link-create" => PrepareLinkCreate(store),
        "link-update" => PrepareLinkUpdate(store),
        "link-detach" => PrepareLinkDetach(store),
        "link-close" => PrepareLinkClose(store),
        "link-unpin" => PrepareLinkUnpin(store),
        "close-hook" => PrepareCloseHook(store),
        "mount" => PrepareMount(store),
        "remount" => PrepareRemount(store),
        "unmount" => PrepareUnmount(store),
        "collect" => PrepareCollect(store),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static Action PrepareProgram(Store store)
    {
        ObjectFile[] maps = [Keep(store, NewMap(store)), NewMap(store)];
        return () => TemporaryStore.Create(store, TemporaryStore.Program(maps));
    }

    private static Action PreparePin(Store store)
    {
        ObjectFile map = NewMap(store);
        return () => Assert.Null(store.Bpffs.Pin(map, store.Bpffs.DefaultPath + "/maybe"));
    }

    private static Action PrepareUnpin(Store store)
    {
        ObjectFile map = NewMap(store);
        Assert.Null(store.Bpffs.Pin(map, store.Bpffs.DefaultPath + "/maybe"));
        map.Dispose();
        return () => Assert.Null(store.Bpffs.Unpin(store.Bpffs.DefaultPath + "/maybe"));
    }

    private static Action PrepareCloseProgram(Store store)
    {
        ObjectFile map = NewMap(store);
        ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program(map, Keep(store, NewMap(store))));
        map.Dispose();
        return program.Dispose;
    }

    /// <summary>A program takes the name of another, which goes with its map.</summary>
    private static Action PrepareReplacePin(Store store)
    {
        string pin = store.Bpffs.DefaultPath + "/maybe";
        using (ObjectFile map = NewMap(store), old = TemporaryStore.Create(store, TemporaryStore.Program(map)))
            Assert.Null(store.Bpffs.Pin(old, pin));
        ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program(Keep(store, NewMap(store))));
        return () => Assert.Null(store.Bpffs.Replace(program, pin));
    }

    private static Action PrepareReplacePinByItself(Store store)
    {
        string pin = store.Bpffs.DefaultPath + "/maybe";
        ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program(Keep(store, NewMap(store))));
        Assert.Null(store.Bpffs.Pin(program, pin));
        return () => Assert.Null(store.Bpffs.Replace(program, pin));
    }

    /// <summary>A cycle goes, of which the second object and those after it are held without descriptors; a kept map that it uses stays.</summary>
    private static Action PrepareCollect(Store store)
    {
        CondemnedFiles.DescriptorLimit = 1;
        using ObjectFile map = Keep(store, NewMap(store));
        Ring.Make(store, 2, map).ForEach(static file => file.Dispose());
        return () => Assert.Equal(4, store.Collector.Collect().FreedInCycles);
    }

    /// <summary>A kept link changes from one program to another, as link update does.</summary>
    private static Action PrepareReplace(Store store)
    {
        ObjectFile before = TemporaryStore.Create(store, TemporaryStore.Program());
        ObjectKey old = before.Key;
        ObjectFile link = Keep(store, TemporaryStore.Create(store, TemporaryStore.Link(before)));
        before.Dispose();
        ObjectFile after = TemporaryStore.Create(store, TemporaryStore.Program());
        return () =>
        {
            Assert.True(store.TryBeginReferenceChange(link.Key, out ReferenceChange? change, out _));
            Assert.Null(change.Add(after));
            Assert.Equal(Errno.None, link.WriteKindWord(LinkObjectAttributes.ProgramWord, after.Key.Id));
            Assert.Null(change.Remove(old));
            change.Dispose();
        };
    }

    private static Action PrepareLinkCreate(Store store)
    {
        ObjectFile hook = Keep(store, TemporaryStore.Create(store, TemporaryStore.Hook()));
        ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program());
        _ = TemporaryStore.Attach(store, hook, TemporaryStore.Create(store, TemporaryStore.Program()));
        return () => TemporaryStore.Attach(store, hook, program);
    }

    /// <summary>A kept link on a pinned hook changes from one program to another.</summary>
    private static Action PrepareLinkUpdate(Store store)
    {
        ObjectFile link = PrepareLink(store, out _), program = TemporaryStore.Create(store, TemporaryStore.Program());
        return () => Assert.Null(HookLinks.Update(store, link, program, (uint)link.Header.KindWord(LinkObjectAttributes.ProgramWord)));
    }

    private static Action PrepareLinkDetach(Store store)
    {
        ObjectFile link = PrepareLink(store, out _);
        return () => Assert.Null(HookLinks.Detach(store, link));
    }

    private static Action PrepareLinkClose(Store store)
    {
        ObjectFile hook = Keep(store, TemporaryStore.Create(store, TemporaryStore.Hook()));
        using ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program());
        return TemporaryStore.Attach(store, hook, program).Dispose;
    }

    private static Action PrepareLinkUnpin(Store store)
    {
        PrepareLink(store, out _).Dispose();
        return () => Assert.Null(store.Bpffs.Unpin(store.Bpffs.DefaultPath + "/keep"));
    }

    /// <summary>A hook goes, and its link stays.</summary>
    private static Action PrepareCloseHook(Store store)
    {
        PrepareLink(store, out ObjectFile hook).Dispose();
        Assert.Null(store.Bpffs.Unpin(store.Bpffs.DefaultPath + "/maybe"));
        return hook.Dispose;
    }

    /// <summary>An attached link, pinned as what must live, on a hook that is pinned too.</summary>
    private static ObjectFile PrepareLink(Store store, out ObjectFile hook)
    {
        hook = TemporaryStore.Create(store, TemporaryStore.Hook());
        Assert.Null(store.Bpffs.Pin(hook, store.Bpffs.DefaultPath + "/maybe"));
        using ObjectFile program = TemporaryStore.Create(store, TemporaryStore.Program());
        return Keep(store, TemporaryStore.Attach(store, hook, program));
    }

    private static Action PrepareMount(Store store)
    {
        string mount = MountOf(store);
        Directory.CreateDirectory(mount);
        return () => Assert.Null(store.Bpffs.Mount(mount, new BpffsOptions()));
    }

    private static Action PrepareRemount(Store store)
    {
        PrepareMount(store)();
        return () => Assert.Null(store.Bpffs.Remount(MountOf(store), new BpffsOptions { Mode = 0x1E8, OnlyRootPins = true }));
    }

    /// <summary>A map is pinned there and in the default mount, another one only there.</summary>
    private static Action PrepareUnmount(Store store)
    {
        PrepareMount(store)();
        Directory.CreateDirectory(MountOf(store) + "/deep");
        ObjectFile kept = Keep(store, NewMap(store)), map = NewMap(store);
        Assert.Null(store.Bpffs.Pin(kept, MountOf(store) + "/kept"));
        Assert.Null(store.Bpffs.Pin(map, MountOf(store) + "/deep/m"));
        kept.Dispose();
        map.Dispose();
        return () => Assert.Null(store.Bpffs.Unmount(MountOf(store), lazy: true));
    }

    internal static string MountOf(Store store) => Path.Combine(Path.GetDirectoryName(store.Path)!, "mounted");

    private static ObjectFile NewMap(Store store) => TemporaryStore.Create(store, TemporaryStore.Map());

    private static ObjectFile Keep(Store store, ObjectFile file)
    {
        Assert.Null(store.Bpffs.Pin(file, store.Bpffs.DefaultPath + "/keep"));
        return file;
    }
}
