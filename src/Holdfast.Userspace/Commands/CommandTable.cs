using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>Finds the handler of a command, reads its attribute, and writes back what the command put out.</summary>
internal sealed class CommandTable
{
    private readonly EngineState _engine;
    private readonly MapElements _elements;
    private readonly MapBatches _batches;
    private readonly IdCommands _ids;

    // Made once: a lambda in Run would be a new object, and what it captures another, at each command.
    private readonly Handler<MapCreateAttribute> _mapCreate;
    private readonly Handler<MapElementAttribute> _mapFreeze;
    private readonly Handler<ProgLoadAttribute> _programLoad;
    private readonly Handler<TestRunAttribute> _testRun;
    private readonly Handler<ObjectPathAttribute> _pin;
    private readonly Handler<ObjectPathAttribute> _get;
    private readonly Handler<InfoByFdAttribute> _info;
    private readonly Handler<BtfLoadAttribute> _btfLoad;
    private readonly Handler<LinkCreateAttribute> _linkCreate;
    private readonly Handler<LinkUpdateAttribute> _linkUpdate;
    private readonly Handler<LinkDetachAttribute> _linkDetach;
    private readonly Handler<ProgQueryAttribute> _query;

    public CommandTable(EngineState engine)
    {
        _engine = engine;
        _elements = new MapElements(engine);
        _batches = new MapBatches(engine);
        _ids = new IdCommands(engine);
        MapCreate mapCreate = new(engine);
        PathCommands paths = new(engine);
        _mapCreate = (ref MapCreateAttribute a) => mapCreate.Run(a);
        _mapFreeze = (ref MapElementAttribute a) => Freeze((int)a.MapFd);
        _programLoad = new ProgramLoad(engine).Run;
        _testRun = new TestRun(engine).Run;
        _pin = (ref ObjectPathAttribute a) => paths.Pin(a);
        _get = (ref ObjectPathAttribute a) => paths.Get(a);
        _info = new InfoCommand(engine).Run;
        _btfLoad = new BtfLoad(engine).Run;
        LinkCommands links = new(engine);
        _linkCreate = (ref LinkCreateAttribute a) => links.Create(a);
        _linkUpdate = (ref LinkUpdateAttribute a) => links.Update(a);
        _linkDetach = (ref LinkDetachAttribute a) => links.Detach(a);
        _query = new ProgQuery(engine).Run;
    }

    private delegate int Handler<T>(ref T attribute);

    /// <summary>Carries out a command.</summary>
    public int Run(BpfCommand command, Span<byte> attribute) => command switch
    {
        BpfCommand.MapLookupElem or BpfCommand.MapUpdateElem or BpfCommand.MapDeleteElem or BpfCommand.MapGetNextKey
            or BpfCommand.MapLookupAndDeleteElem => RunElement(command, attribute),
        BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch or BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch =>
            RunBatch(command, attribute),
        BpfCommand.MapCreate => Run(command, attribute, _mapCreate),
        BpfCommand.MapFreeze => Run(command, attribute, _mapFreeze),
        BpfCommand.ProgLoad => Run(command, attribute, _programLoad),
        BpfCommand.ProgTestRun => Run(command, attribute, _testRun),
        BpfCommand.ObjPin => Run(command, attribute, _pin),
        BpfCommand.ObjGet => Run(command, attribute, _get),
        BpfCommand.ObjGetInfoByFd => Run(command, attribute, _info),
        BpfCommand.BtfLoad => Run(command, attribute, _btfLoad),
        BpfCommand.LinkCreate => Run(command, attribute, _linkCreate),
        BpfCommand.LinkUpdate => Run(command, attribute, _linkUpdate),
        BpfCommand.LinkDetach => Run(command, attribute, _linkDetach),
        BpfCommand.ProgQuery => Run(command, attribute, _query),
        _ => RunById(command, attribute),
    };

    private int RunElement(BpfCommand command, Span<byte> attribute) =>
        Run(command, attribute, (ref MapElementAttribute a) => _elements.Run(command, a));

    private int RunBatch(BpfCommand command, Span<byte> attribute) =>
        Run(command, attribute, (ref MapBatchAttribute a) => _batches.Run(command, ref a));

    private int RunById(BpfCommand command, Span<byte> attribute) => command switch
    {
        BpfCommand.MapGetNextId => Next(ObjectKind.Map, command, attribute),
        BpfCommand.ProgGetNextId => Next(ObjectKind.Program, command, attribute),
        BpfCommand.LinkGetNextId => Next(ObjectKind.Link, command, attribute),
        BpfCommand.BtfGetNextId => Next(ObjectKind.Btf, command, attribute),
        BpfCommand.MapGetFdById => Open(ObjectKind.Map, command, attribute),
        BpfCommand.ProgGetFdById => Open(ObjectKind.Program, command, attribute),
        BpfCommand.LinkGetFdById => Open(ObjectKind.Link, command, attribute),
        BpfCommand.BtfGetFdById => Open(ObjectKind.Btf, command, attribute),
        _ => Unknown(command, attribute),
    };

    private static int Unknown(BpfCommand command, ReadOnlySpan<byte> attribute)
    {
        Errno tail = AttributeReader.CheckTail(attribute, AttributeReader.UnionSize);
        return tail == Errno.None
            ? Failures.Of(Errno.EINVAL, $"the userspace engine does not carry out {command}; the kernel engine may")
            : Failures.Of(tail, $"the attribute of {command} is longer than any that this engine knows");
    }

    private int Next(ObjectKind kind, BpfCommand command, Span<byte> attribute) =>
        Run(command, attribute, (ref GetIdAttribute a) => _ids.GetNext(kind, ref a));

    private int Open(ObjectKind kind, BpfCommand command, Span<byte> attribute) =>
        Run(command, attribute, (ref GetIdAttribute a) => _ids.GetDescriptor(kind, a));

    private int Freeze(int descriptor)
    {
        if (!_engine.Maps.TryUse(descriptor, out DescriptorEntry? entry, out MapInstance? map, out StorageError? error))
            return Failures.Of(error);
        return MapAccessRules.Of(entry, map).MayWrite ? map.Freeze() : MapAccessRules.Denied("freezing");
    }

    private static int Run<T>(BpfCommand command, Span<byte> attribute, Handler<T> handler)
        where T : unmanaged
    {
        if (!AttributeReader.TryRead(command, attribute, out T known, out Errno failure))
            return Failures.Of(failure, $"the attribute of {command} holds bytes that are not zero past its last field");
        int result = handler(ref known);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in known));
        bytes[..Math.Min(bytes.Length, attribute.Length)].CopyTo(attribute);
        return result;
    }
}
