using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Btf.Relocation;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>
/// Lays a table out as the kernel's struct of the same name, member by member (libbpf: <c>bpf_map__init_kern_struct_ops</c>). What
/// this kernel's struct lacks may be left out if it is zero or a function.
/// </summary>
internal sealed class StructOpsLayout(BpfObjectSpec spec, KernelEnvironment kernel, MapSpec map)
{
    private const string ValuePrefix = "bpf_struct_ops_";

    private readonly BtfStruct _local = (BtfStruct)spec.Btf!.Resolve(map.ValueTypeId);
    private readonly List<StructOpsFunction> _functions = [];

    /// <summary>The table.</summary>
    /// <exception cref="BpfException">The kernel has no such struct, or a member differs.</exception>
    public StructOpsTable Build()
    {
        string name = CoreMatching.EssentialName(_local.Name);
        kernel.RequireOwnTypes($"struct_ops table '{map.Name}'");
        if (kernel.Find<BtfStruct>(ValuePrefix + name) is not { } value || FindTable(value, name) is not var (member, table))
            throw Fail($"the kernel has no operations '{name}' to fill (no struct {ValuePrefix}{name} in its types); leave the map out (MapSpec.AutoCreate), or load it on a kernel that has them", Errno.ENOENT);
        byte[] bytes = new byte[((BtfStruct)value.Types[value.Id]).Size];
        foreach (MapSlotSpec slot in map.Slots)
        {
            if (!_local.Members.Any(field => field.BitOffset == slot.Index * 8))
                throw Fail($"program '{slot.Target}' lies at {slot.Index}, where struct {_local.Name} has no member; set MapSpec.Slots to offsets of members", Errno.EINVAL);
        }

        foreach (BtfMember field in _local.Members)
            Fill(value.Types, table, member.ByteOffset, field, bytes);
        return new(value.Id, table.Id, value.Module, bytes, _functions);
    }

    /// <summary>The member of the value that is the table itself, behind what the kernel keeps there.</summary>
    private static (BtfMember Member, BtfStruct Table)? FindTable(KernelType value, string name)
    {
        foreach (BtfMember member in ((BtfStruct)value.Types[value.Id]).Members)
        {
            if (value.Types.Resolve(member.TypeId) is BtfStruct table && table.Name == name)
                return (member, table);
        }

        return null;
    }

    private void Fill(BtfGraph types, BtfStruct table, uint start, BtfMember member, byte[] bytes)
    {
        string? program = map.Slots.FirstOrDefault(slot => slot.Index * 8 == member.BitOffset).Target;
        ReadOnlySpan<byte> data = Data(member);
        int found = IndexOf(table.Members, member.Name);
        if (found < 0)
        {
            if (data.ContainsAnyExcept((byte)0))
                throw Fail($"the kernel's {table.Name} has no member '{member.Name}'; leave it zero", Errno.ENOTSUPP);
            return;
        }

        BtfMember target = table.Members[found];
        BtfType type = types.Resolve(target.TypeId);
        ulong place = (ulong)start + target.ByteOffset;
        if (!types.TryGetSize(target.TypeId, out uint room) || place + room > (ulong)bytes.Length)
            throw Fail($"member '{member.Name}' lies outside of the kernel's {ValuePrefix}{table.Name}, so these types are damaged", Errno.EINVAL);
        if (program is not null)
        {
            if (type is not BtfPointer pointer || types.Resolve(pointer.TypeId) is not BtfFunctionPrototype)
                throw Fail($"member '{member.Name}' is no function in the kernel's {table.Name}", Errno.EINVAL);
            _functions.Add(new(program, (uint)found, (uint)place));
            return;
        }

        CheckAlike(member, target, type, types, table.Name);
        if (type is not BtfPointer)
            data.CopyTo(bytes.AsSpan((int)place));
    }

    private void CheckAlike(BtfMember member, BtfMember target, BtfType type, BtfGraph types, string table)
    {
        BtfType local = spec.Btf!.Resolve(member.TypeId);
        if (member.IsBitfield || target.IsBitfield)
            throw Fail($"member '{member.Name}' of {table} is a bit field, which tables can't set", Errno.ENOTSUPP);
        bool isSized = spec.Btf.TryGetSize(member.TypeId, out uint size) & types.TryGetSize(target.TypeId, out uint targetSize);
        if (local.Kind != type.Kind || !isSized || size != targetSize)
            throw Fail($"member '{member.Name}' is a {local.Kind} of {size} bytes, in the kernel's {table} a {type.Kind} of {targetSize}; declare it as this kernel does", Errno.EINVAL);
    }

    private ReadOnlySpan<byte> Data(BtfMember member)
    {
        if (!spec.Btf!.TryGetSize(member.TypeId, out uint size) || member.ByteOffset > map.InitialData.Length || size > map.InitialData.Length - member.ByteOffset)
            throw Fail($"member '{member.Name}' lies outside the table", Errno.EINVAL);
        return map.InitialData.AsSpan().Slice((int)member.ByteOffset, (int)size);
    }

    private static int IndexOf(ImmutableArray<BtfMember> members, string name)
    {
        for (int i = 0; i < members.Length; i++)
        {
            if (members[i].Name == name)
                return i;
        }

        return -1;
    }

    private BpfException Fail(string message, Errno errno) => new(errno, $"struct_ops table '{map.Name}': {message} [{errno}]");
}
