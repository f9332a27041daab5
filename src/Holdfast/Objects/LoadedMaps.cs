using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>The live maps of an object while it is loaded, and the BTF that they and the programs use.</summary>
internal sealed class LoadedMaps(Bpf bpf) : IDisposable
{
    private readonly HashSet<string> _borrowed = [];

    public PinTransaction Pins { get; } = new(bpf);

    public Dictionary<string, BpfMap> ByName { get; } = [];

    /// <summary>Maps that the engine took only without their types, and what it answered to these.</summary>
    public Dictionary<string, Errno> Untyped { get; } = [];

    /// <summary>Descriptor of the object's BTF; 0 if it has none.</summary>
    public int Btf { get; set; }

    public void Borrow(string name, BpfMap map)
    {
        ByName.Add(name, map);
        _borrowed.Add(name);
    }

    /// <summary>Whole values of struct_ops tables, by map.</summary>
    public Dictionary<string, byte[]> Tables { get; } = [];

    /// <summary>Maps that were left out.</summary>
    public HashSet<string> LeftOut { get; } = [];

    public int DescriptorOf(string name) => ByName.TryGetValue(name, out BpfMap? map)
        ? map.Handle.Descriptor
        : throw new BpfException(Errno.ENOENT, $"there is no map '{name}' in the object [{Errno.ENOENT}]");

    public void Dispose()
    {
        Pins.Dispose();
        foreach ((string name, BpfMap map) in ByName)
        {
            if (!_borrowed.Contains(name))
                map.Dispose();
        }

        if (Btf > 0)
            bpf.Engine.Close(Btf);
        Btf = 0;
    }
}
