using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Maps of the kernel, one of each type that a helper wants.</summary>
internal sealed class ProbeMaps : IDisposable
{
    private readonly Dictionary<MapType, int> _maps = [];

    /// <summary>An array that programs may only read.</summary>
    public int ReadOnly { get; } = KernelOracle.CreateMap(MapType.Array, 4, 64, 1, MapFlags.ReadOnlyProgram);

    /// <summary>The same, frozen, holding empty text.</summary>
    public int ConstantString { get; } = KernelOracle.CreateFrozenMap(64);

    public int For(HelperId helper) => Get(TypeFor(helper));

    public void Dispose()
    {
        foreach (int map in _maps.Values.Append(ReadOnly).Append(ConstantString))
        {
            _ = KernelOracle.Close(map);
        }
    }

    private static MapType TypeFor(HelperId helper) => helper switch
    {
        HelperId.TailCall => MapType.ProgArray,
        HelperId.PerfEventRead or HelperId.PerfEventReadValue or HelperId.PerfEventOutput or HelperId.SkbOutput or HelperId.XdpOutput => MapType.PerfEventArray,
        HelperId.GetStackid => MapType.StackTrace,
        HelperId.SkbUnderCgroup or HelperId.CurrentTaskUnderCgroup => MapType.CgroupArray,
        HelperId.RedirectMap => MapType.DevMap,
        HelperId.SkRedirectMap or HelperId.MsgRedirectMap or HelperId.SockMapUpdate => MapType.SockMap,
        HelperId.SkRedirectHash or HelperId.MsgRedirectHash or HelperId.SockHashUpdate => MapType.SockHash,
        HelperId.GetLocalStorage => MapType.CgroupStorage,
        HelperId.SkSelectReuseport => MapType.ReuseportSockArray,
        HelperId.MapPushElem or HelperId.MapPopElem or HelperId.MapPeekElem => MapType.Queue,
        HelperId.MapLookupPercpuElem => MapType.PerCpuArray,
        HelperId.RingbufOutput or HelperId.RingbufReserve or HelperId.RingbufQuery or HelperId.RingbufReserveDynptr => MapType.RingBuf,
        HelperId.UserRingbufDrain => MapType.UserRingBuf,
        _ => MapType.Array,
    };

    private int Get(MapType type)
    {
        if (!_maps.TryGetValue(type, out int map))
        {
            (uint key, uint value, uint entries) = type switch
            {
                MapType.Queue => (0u, 8u, 1u),
                MapType.RingBuf or MapType.UserRingBuf => (0u, 0u, 4096u),
                MapType.CgroupStorage => (8u, 8u, 0u),
                MapType.Array or MapType.PerCpuArray or MapType.StackTrace => (4u, 8u, 1u),
                _ => (4u, 4u, 1u),
            };
            map = KernelOracle.CreateMap(type, key, value, entries);
            Assert.True(map >= 0, $"the kernel made no {type} map: {(Errno)(-map)}");
            _maps[type] = map;
        }

        return map;
    }
}
