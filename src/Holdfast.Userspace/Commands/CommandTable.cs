using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>Finds the handler of a command, reads its attribute, and writes back what the command put out.</summary>
internal sealed class CommandTable(EngineState engine)
{
    private readonly MapCreate _mapCreate = new(engine);
    private readonly MapElements _elements = new(engine);
    private readonly MapBatches _batches = new(engine);
    private readonly ProgramLoad _programLoad = new(engine);
    private readonly TestRun _testRun = new(engine);
    private readonly PathCommands _paths = new(engine);
    private readonly IdCommands _ids = new(engine);
    private readonly InfoCommand _info = new(engine);
    private readonly BtfLoad _btfLoad = new(engine);

    private delegate int Handler<T>(ref T attribute);

    /// <summary>Carries out a command.</summary>
    public int Run(BpfCommand command, Span<byte> attribute) => command switch
    {
        BpfCommand.MapLookupElem or BpfCommand.MapUpdateElem or BpfCommand.MapDeleteElem or BpfCommand.MapGetNextKey
            or BpfCommand.MapLookupAndDeleteElem => Run<MapElementAttribute>(
                command, attribute, (ref MapElementAttribute a) => _elements.Run(command, a)),
        BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch or BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch =>
            Run<MapBatchAttribute>(command, attribute, (ref MapBatchAttribute a) => _batches.Run(command, ref a)),
        BpfCommand.MapCreate => Run(command, attribute, (ref MapCreateAttribute a) => _mapCreate.Run(a)),
        BpfCommand.MapFreeze => Run(command, attribute, (ref MapElementAttribute a) => Freeze((int)a.MapFd)),
        BpfCommand.ProgLoad => Run<ProgLoadAttribute>(command, attribute, _programLoad.Run),
        BpfCommand.ProgTestRun => Run<TestRunAttribute>(command, attribute, _testRun.Run),
        BpfCommand.ObjPin => Run(command, attribute, (ref ObjectPathAttribute a) => _paths.Pin(a)),
        BpfCommand.ObjGet => Run(command, attribute, (ref ObjectPathAttribute a) => _paths.Get(a)),
        BpfCommand.ObjGetInfoByFd => Run<InfoByFdAttribute>(command, attribute, _info.Run),
        BpfCommand.BtfLoad => Run<BtfLoadAttribute>(command, attribute, _btfLoad.Run),
        _ => RunById(command, attribute),
    };

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
        if (!engine.Maps.TryUse(descriptor, out DescriptorEntry? entry, out MapInstance? map, out StorageError? error))
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
