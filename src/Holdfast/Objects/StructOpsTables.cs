using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>The struct_ops tables of an object, and which programs they give a place to.</summary>
internal sealed class StructOpsTables
{
    private readonly Dictionary<string, StructOpsTable> _byMap = [];
    private readonly Dictionary<string, AttachTarget> _targets = [];
    private readonly HashSet<string> _mentioned = [];

    public StructOpsTables(BpfObjectSpec spec, KernelEnvironment kernel)
    {
        foreach (MapSpec map in spec.Maps.Where(map => map.Contents == MapContents.StructOps))
        {
            _mentioned.UnionWith(map.Slots.Select(slot => slot.Target));
            if (map.AutoCreate)
                Add(map, new StructOpsLayout(spec, kernel, map).Build());
        }
    }

    /// <summary>The table of a map.</summary>
    public StructOpsTable this[string map] => _byMap[map];

    /// <summary>Whether a program is for tables, and every table that has a place for it was left out, or this kernel's has none.</summary>
    public bool IsUnused(ProgramSpec program) => _mentioned.Contains(program.Name) && !_targets.ContainsKey(program.Name);

    /// <summary>What a program in a table is loaded for.</summary>
    public AttachTarget TargetOf(ProgramSpec program) => _targets.TryGetValue(program.Name, out AttachTarget target)
        ? target
        : throw new BpfException(Errno.EINVAL, $"program '{program.Name}': no struct_ops table of the object refers to it; put it into one, or leave it out (BpfObjectSpec.Without) [{Errno.EINVAL}]");

    /// <summary>
    /// A table's whole value, once its programs are loaded: those left out are null, which the kernel takes where it can do without. Null
    /// if none was loaded: then the table stays empty.
    /// </summary>
    public byte[]? ValueOf(string map, LoadedPrograms programs)
    {
        StructOpsTable table = _byMap[map];
        byte[] value = [.. table.Value];
        bool isEmpty = table.Functions.Count > 0;
        foreach (StructOpsFunction function in table.Functions)
        {
            if (!programs.ByName.TryGetValue(function.Program, out BpfProgram? program))
                continue;
            // The kernel takes a pointer's place for a descriptor (bpf_struct_ops_map_update_elem).
            BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan((int)function.Offset), program.Handle.Descriptor);
            isEmpty = false;
        }

        return isEmpty ? null : value;
    }

    private void Add(MapSpec map, StructOpsTable table)
    {
        _byMap.Add(map.Name, table);
        foreach (StructOpsFunction function in table.Functions)
        {
            AttachTarget target = new(table.TypeId, table.Module, function.Member);
            if (!_targets.TryAdd(function.Program, target) && _targets[function.Program] != target)
            {
                throw new BpfException(
                    Errno.EINVAL, $"program '{function.Program}' is used as two different operations, once in table '{map.Name}'; a program can be one only [{Errno.EINVAL}]");
            }
        }
    }
}
