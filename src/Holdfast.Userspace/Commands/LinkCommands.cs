using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Userspace.Hooks;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_LINK_CREATE, BPF_LINK_UPDATE and BPF_LINK_DETACH, on hooks.</summary>
internal sealed class LinkCommands(EngineState engine)
{
    /// <summary>Attaches a program to a hook.</summary>
    public int Create(in LinkCreateAttribute attribute)
    {
        if (!engine.Programs.TryShare((int)attribute.ProgFd, out ProgramInstance? program, out StorageError? error))
            return Failures.Of(error);
        try
        {
            return Create(program, attribute);
        }
        finally
        {
            program.RemoveUser();
        }
    }

    /// <summary>Puts another program into a link.</summary>
    public int Update(in LinkUpdateAttribute attribute)
    {
        LinkFlags flags = (LinkFlags)attribute.Flags;
        if ((flags & ~LinkFlags.Replace) != 0)
            return Failures.Of(Errno.EINVAL, "BPF_LINK_UPDATE takes no flag but BPF_F_REPLACE");
        if (!TryLink(attribute.LinkFd, out ObjectFile? link, out int failure))
            return failure;
        if (!engine.Programs.TryShare((int)attribute.NewProgFd, out ProgramInstance? program, out StorageError? error))
            return Failures.Of(error);
        try
        {
            uint? expected = null;
            if ((flags & LinkFlags.Replace) == 0 && attribute.OldProgFd != 0)
                return Failures.Of(Errno.EINVAL, "an expected program is given without BPF_F_REPLACE");
            if ((flags & LinkFlags.Replace) != 0)
            {
                if (!TryProgram(attribute.OldProgFd, out ObjectFile? old, out error))
                    return Failures.Of(error!);
                expected = old!.IsOf(engine.Store) ? old.Key.Id : 0;
            }

            if (!program.TryPrepare(out _, out error))
                return Failures.Of(error);
            error = HookLinks.Update(engine.Store, link!, program.File, expected);
            return error is null ? 0 : Failures.Of(error);
        }
        finally
        {
            program.RemoveUser();
        }
    }

    /// <summary>Takes a link off its hook.</summary>
    public int Detach(in LinkDetachAttribute attribute)
    {
        if (!TryLink(attribute.LinkFd, out ObjectFile? link, out int failure))
            return failure;
        return HookLinks.Detach(engine.Store, link!) is { } error ? Failures.Of(error) : 0;
    }

    private int Create(ProgramInstance program, in LinkCreateAttribute attribute)
    {
        if (!engine.Hooks.TryGet((int)attribute.TargetFd, out DescriptorEntry? target, out StorageError? error))
            return Failures.Of(Errno.EINVAL, $"the target is no hook of the userspace engine ({error.Message}); make one (holdfast hook create), or use the kernel engine for its places");
        if (target.File.Access == ObjectAccess.ReadOnly)
            return Failures.Of(Errno.EPERM, $"hook {target.File.Key.Id} is opened for reading only, which lets one run what is attached; to attach is to write");
        HookObjectAttributes hook = target.File.Header.ReadAttributes<HookObjectAttributes>();
        if (attribute.AttachType != hook.AttachType || !hook.Takes(program.File.Header.ReadAttributes<ProgramObjectAttributes>()))
            return Failures.Of(Errno.EINVAL, $"hook {target.File.Key.Id} takes {hook.ProgramType} programs, attached as {hook.AttachType}");
        if (!target.File.IsOf(engine.Store))
            return Failures.Of(Errno.EXDEV, $"hook {target.File.Key.Id} belongs to another store than {engine.Store.Path}; attach with that store (--store)");

        // Who hosts the hook would fail instead.
        if (!program.TryPrepare(out ExecutableProgram? _, out error))
            return Failures.Of(error);
        ObjectDefinition definition = ObjectDefinition.ForLink(new LinkObjectAttributes
        {
            Type = LinkType.Hook,
            AttachType = attribute.AttachType,
            Flags = attribute.Flags,
            TargetKind = ObjectKind.Hook,
            Target = target.File.Key.Id,
        }) with
        {
            References = [program.File],
            KindWords = new ulong[] { program.Key.Id, 0 },
        };
        LinkFlags flags = (LinkFlags)attribute.Flags;
        HookOrder order = new(program.Key.Id, (int)hook.Slots, flags, Neighbour(flags, (uint)attribute.Option0, hook.ProgramType), attribute.Option1);
        if (!engine.Store.TryCreate(definition, out ObjectFile? link, out error))
            return Failures.Of(error);
        error = HookLinks.Attach(engine.Store, target.File, link, program.Key.Id, order.Place);
        if (error is null)
            return engine.Descriptors.Add(link);
        link.Dispose();
        return Failures.Of(error);
    }

    /// <summary>What a place is relative to (<c>bpf_mprog_tuple_relative</c>).</summary>
    private HookNeighbour Neighbour(LinkFlags flags, uint named, ProgramType type)
    {
        bool isId = (flags & LinkFlags.Id) != 0;
        ObjectFile? opened = null;
        StorageError? error = null;
        bool isLink = (flags & LinkFlags.Link) != 0;
        if (!isLink && !isId && named == 0)
            return default;
        try
        {
            ObjectKind kind = isLink ? ObjectKind.Link : ObjectKind.Program;
            ObjectFile? file = null;
            if (isId && engine.Store.TryOpenById(new ObjectKey(kind, named), ObjectAccess.ReadOnly, out opened, out error))
                file = opened;
            else if (!isId && engine.Descriptors.TryGet((int)named, out DescriptorEntry? entry, out error))
                file = entry.File;
            if (file is null)
                return new HookNeighbour(0, 0, error!.Errno);
            if (file.Key.Kind != kind || !file.IsOf(engine.Store))
                return new HookNeighbour(0, 0, Errno.EINVAL);
            uint program = file.Key.Id;
            if (isLink)
                _ = HookLinks.TryFind(engine.Store, file, out program);
            return TypeOf(file, program) == type ? new HookNeighbour(program, isLink ? file.Key.Id : 0, Errno.None) : new HookNeighbour(0, 0, Errno.EINVAL);
        }
        finally
        {
            opened?.Dispose();
        }
    }

    private ProgramType TypeOf(ObjectFile file, uint program)
    {
        if (file.Key.Kind == ObjectKind.Program)
            return file.Header.ReadAttributes<ProgramObjectAttributes>().Type;
        if (!engine.Store.TryOpenById(new ObjectKey(ObjectKind.Program, program), ObjectAccess.ReadOnly, out ObjectFile? opened, out _))
            return ProgramType.Unspec;
        using (opened)
            return opened.Header.ReadAttributes<ProgramObjectAttributes>().Type;
    }

    private bool TryLink(uint descriptor, out ObjectFile? link, out int failure)
    {
        link = null;
        failure = 0;
        if (!engine.Descriptors.TryGet((int)descriptor, out DescriptorEntry? entry, out StorageError? error))
            failure = Failures.Of(error);
        else if (entry.File.Key.Kind != ObjectKind.Link)
            failure = Failures.Of(Errno.EINVAL, $"descriptor {descriptor} is a {entry.File.Key.Kind}, not a link");
        else
            link = entry.File;
        return link is not null;
    }

    private bool TryProgram(uint descriptor, out ObjectFile? program, out StorageError? error)
    {
        program = null;
        if (!engine.Descriptors.TryGet((int)descriptor, out DescriptorEntry? entry, out error))
            return false;
        program = entry.File;
        error = program.Key.Kind == ObjectKind.Program ? null : new StorageError(Errno.EINVAL, $"descriptor {descriptor} is a {program.Key.Kind}, not a program");
        return error is null;
    }
}
