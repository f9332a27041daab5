using System.Runtime.InteropServices;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Compares the types that a live map was created with to those that an object declares.</summary>
internal static class MapTypes
{
    /// <summary>What differs, or null; maps without types are taken by size alone.</summary>
    public static string? FindDifference(IBpfEngine engine, BpfObjectSpec spec, MapSpec wanted, in MapInfo info)
    {
        if (spec.Btf is null || info.BtfId == 0 || wanted.ValueTypeId == 0 || ReadGraph(engine, info.BtfId) is not { } live)
            return null;
        string? key = wanted.KeyTypeId != 0 && info.BtfKeyTypeId != 0
            ? new TypeComparison(spec.Btf, live).FindDifference(wanted.KeyTypeId, info.BtfKeyTypeId, "key")
            : null;
        return key ?? (info.BtfValueTypeId != 0
            ? new TypeComparison(spec.Btf, live).FindDifference(wanted.ValueTypeId, info.BtfValueTypeId, "value")
            : null);
    }

    /// <summary>The types of a BTF object by id, or null.</summary>
    public static BtfGraph? ReadGraph(IBpfEngine engine, uint id)
    {
        int descriptor = engine.BtfById(id);
        if (descriptor < 0)
            return null;
        try
        {
            BtfInfo info = default;
            if (engine.Info(descriptor, ref info) < 0 || info.BtfSize is 0 or > 16 << 20)
                return null;
            // Pinned-object heap: the engine fills it through the address in the attribute.
            byte[] bytes = GC.AllocateArray<byte>((int)info.BtfSize, pinned: true);
            info = new BtfInfo { Btf = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0), BtfSize = (uint)bytes.Length };
            return engine.Info(descriptor, ref info) == 0 && BtfGraph.TryRead(bytes, null, out BtfGraph? graph, out _) ? graph : null;
        }
        finally
        {
            engine.Close(descriptor);
        }
    }
}
