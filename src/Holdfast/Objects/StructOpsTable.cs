using System.Buffers.Binary;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>
/// A table of functions in the kernel's own layout: members go by name, as in CO-RE, so that an object's struct need not have all of the
/// kernel's, nor in its order.
/// </summary>
internal sealed class StructOpsTable
{
    private const string ValuePrefix = "bpf_struct_ops_";

    private readonly BpfObjectSpec _object;
    private readonly MapSpec _map;
    private readonly BtfStruct _local;
    private readonly BtfStruct _operations;
    private readonly BtfStruct _value;
    private readonly BtfGraph _types;

    public StructOpsTable(BpfObjectSpec spec, MapSpec map, KernelEnvironment kernel)
    {
        _object = spec;
        _map = map;
        _local = (BtfStruct)spec.Btf![map.ValueTypeId];
        _types = kernel.RequireTypes($"struct_ops table '{map.Name}'");
        string name = _local.Name.Split("___")[0];
        _operations = _types.FindByName<BtfStruct>(name) ?? throw Fail(Errno.ENOENT, $"the kernel's types have no struct {name}");
        _value = _types.FindByName<BtfStruct>(ValuePrefix + name) ?? throw Fail(Errno.ENOTSUPP, $"the kernel takes no struct {name} from programs (it has no {ValuePrefix}{name})");
    }

    /// <summary>What the map is created with.</summary>
    public MapCreateAttribute Attribute(int btf)
    {
        if ((_map.Flags & MapFlags.Link) == 0)
            throw Fail(Errno.ENOTSUPP, "it lies in section .struct_ops, which works system-wide from loading to unloading; put it into .struct_ops.link, and use it by BpfMap.AttachStructOps");
        return new()
        {
            MapType = MapType.StructOps,
            KeySize = _map.KeySize,
            ValueSize = _value.Size,
            MaxEntries = 1,
            MapFlags = _map.Flags,
            MapName = ObjectName.From(_map.KernelName),
            BtfFd = (uint)btf,
            BtfVmlinuxValueTypeId = _value.Id,
        };
    }

    /// <summary>What a program in the table is loaded for: the kernel's struct, and its member's number in it. Null if it isn't in this one.</summary>
    public AttachTarget? TargetOf(string program)
    {
        foreach (MapSlotSpec slot in _map.Slots.Where(slot => slot.Target == program))
        {
            int at = _local.Members.ToList().FindIndex(member => member.BitOffset == slot.Index * 8);
            if (at < 0)
                throw Fail(Errno.EINVAL, $"program '{program}' lies at {slot.Index}, where struct {_local.Name} has no member");
            return new(_operations.Id, 0) { AttachType = (AttachType)IndexOf(_local.Members[at]) };
        }

        return null;
    }

    /// <summary>The value: data as in the object, and the programs' descriptors where functions go.</summary>
    public byte[] Build(IReadOnlyDictionary<string, BpfProgram> programs)
    {
        byte[] bytes = new byte[_value.Size];
        Span<byte> data = bytes.AsSpan((int)_value.Members[^1].BitOffset / 8);
        foreach (BtfMember member in _local.Members)
        {
            int at = (int)member.BitOffset / 8;
            string? program = _map.Slots.Where(slot => slot.Index == at).Select(slot => slot.Target).FirstOrDefault();
            if (!_object.Btf!.TryGetSize(member.TypeId, out uint size) || size > _map.InitialData.Length - at)
                throw Fail(Errno.EINVAL, $"member {member.Name} has no size, or lies outside the table");
            ReadOnlySpan<byte> given = _map.InitialData.AsSpan().Slice(at, (int)size);

            // A member of this object's struct that the kernel hasn't is fine as long as it says nothing.
            if (program is null && !given.ContainsAnyExcept((byte)0))
                continue;
            BtfMember theirs = _operations.Members[IndexOf(member)];
            Span<byte> place = data[((int)theirs.BitOffset / 8)..];
            if (program is not null)
                BinaryPrimitives.WriteInt64LittleEndian(place, programs.TryGetValue(program, out BpfProgram? loaded) ? loaded.Handle.Descriptor : 0);
            else if (_types.TryGetSize(theirs.TypeId, out uint expected) && expected == size && member.BitfieldSize == 0)
                given.CopyTo(place);
            else
                throw Fail(Errno.EINVAL, $"member {member.Name} has {size} bytes, the kernel's {expected}");
        }

        return bytes;
    }

    private int IndexOf(BtfMember member)
    {
        int index = _operations.Members.ToList().FindIndex(theirs => theirs.Name == member.Name);
        return index >= 0 ? index : throw Fail(Errno.ENOENT, $"the kernel's struct {_operations.Name} has no member {member.Name}");
    }

    private BpfException Fail(Errno errno, string cause) => new(errno, $"struct_ops table '{_map.Name}': {cause} [{errno}]");
}
