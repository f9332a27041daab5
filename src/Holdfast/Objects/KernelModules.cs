using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// The types of kernel modules: BTF objects that are the kernel's own and continue <c>vmlinux</c>'s. Their descriptors stay open,
/// since what is loaded names them. What <c>/sys/kernel/btf/MODULE</c> holds is the same bytes, but a file is no descriptor.
/// </summary>
internal sealed class KernelModules(IBpfEngine engine) : IDisposable
{
    private const uint LargestBtf = 64 << 20;

    private readonly List<(string Name, BtfGraph Types, int Descriptor)> _modules = [];

    /// <summary>Reads the modules' types.</summary>
    /// <param name="vmlinux">What they continue.</param>
    public void Read(BtfGraph vmlinux)
    {
        for (uint id = 0; engine.BtfNextId(id, out id) == 0;)
        {
            int descriptor = engine.BtfById(id);
            // Gone meanwhile: a program's types, or those of a module that was taken out.
            if (descriptor < 0)
                continue;
            if (TryRead(descriptor, vmlinux) is { } module)
                _modules.Add(module);
            else
                engine.Close(descriptor);
        }
    }

    /// <summary>Finds a type in any module, or in the one named.</summary>
    public KernelType? Find<T>(string name, string? module)
        where T : BtfType
    {
        foreach ((string moduleName, BtfGraph types, int descriptor) in _modules)
        {
            if (module is not null && module != moduleName)
                continue;
            foreach (uint id in types.FindIds(name))
            {
                if (id >= types.FirstId && types[id] is T)
                    return new(types, id, descriptor);
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach ((_, _, int descriptor) in _modules)
            engine.Close(descriptor);
        _modules.Clear();
    }

    private (string, BtfGraph, int)? TryRead(int descriptor, BtfGraph vmlinux)
    {
        byte[] name = GC.AllocateArray<byte>(64, pinned: true);
        BtfInfo info = new() { Name = AddressOf(name), NameLen = (uint)name.Length };
        if (engine.Info(descriptor, ref info) < 0 || info.KernelBtf == 0 || info.BtfSize is 0 or > LargestBtf)
            return null;
        string text = Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, name.AsSpan().IndexOf((byte)0))));
        if (text == "vmlinux")
            return null;
        byte[] bytes = GC.AllocateArray<byte>((int)info.BtfSize, pinned: true);
        info = new BtfInfo { Btf = AddressOf(bytes), BtfSize = (uint)bytes.Length };
        return engine.Info(descriptor, ref info) == 0 && BtfGraph.TryRead(bytes, vmlinux, out BtfGraph? graph, out _) ? (text, graph, descriptor) : null;
    }

    /// <summary>On the pinned-object heap: the engine fills it through the address in the attribute.</summary>
    private static ulong AddressOf(byte[] pinned) => (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
