using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Reads the BTF that an engine keeps with an object.</summary>
internal static class ObjectBtf
{
    /// <summary>Reads a BTF object by id; null where the id is 0 or the caller may not see it.</summary>
    public static BtfGraph? Read(IBpfEngine engine, uint id)
    {
        if (id == 0)
            return null;
        int descriptor = engine.BtfById(id);
        if (descriptor < 0)
            return descriptor is -(int)Errno.EPERM or -(int)Errno.EACCES ? null : throw Failed(engine, descriptor, id);
        try
        {
            int result = engine.BtfInfo(descriptor, out BtfInfo info, []);
            byte[] blob = new byte[result < 0 ? 0 : info.BtfSize];
            result = result < 0 ? result : engine.BtfInfo(descriptor, out info, blob);
            if (result < 0)
                throw Failed(engine, result, id);
            return BtfGraph.TryRead(blob, null, out BtfGraph? graph, out _) ? graph : null;
        }
        finally
        {
            engine.Close(descriptor);
        }
    }

    private static BpfException Failed(IBpfEngine engine, int result, uint id) =>
        new((Errno)(-result), $"BTF {id}: {engine.LastFailure ?? "can't be read"} [{(Errno)(-result)}]");
}
