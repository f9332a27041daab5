using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Analysis;

/// <summary>Which helpers go with which maps (<c>check_map_func_compatibility</c>).</summary>
internal static class MapCompatibility
{
    public static void Check(MapDescription? map, HelperId helper)
    {
        if (map is null)
        {
            return;
        }

        if (!AllowsHelper(map.Type, helper) || !AllowsMap(helper, map.Type))
        {
            throw new Rejection(Errno.EINVAL, string.Create(
                CultureInfo.InvariantCulture, $"cannot pass map_type {(uint)map.Type} into func {HelperNames.Of(helper)}#{(int)helper}"));
        }
    }

    private static bool AllowsHelper(MapType type, HelperId helper) => type switch
    {
        MapType.ProgArray => helper == HelperId.TailCall,
        MapType.PerfEventArray => helper is HelperId.PerfEventRead or HelperId.PerfEventOutput or HelperId.SkbOutput
            or HelperId.PerfEventReadValue or HelperId.XdpOutput,
        MapType.RingBuf => helper is HelperId.RingbufOutput or HelperId.RingbufReserve or HelperId.RingbufQuery or HelperId.RingbufReserveDynptr
            or HelperId.RingbufSubmitDynptr or HelperId.RingbufDiscardDynptr,
        MapType.UserRingBuf => helper == HelperId.UserRingbufDrain,
        MapType.StackTrace => helper == HelperId.GetStackid,
        MapType.CgroupArray => helper is HelperId.SkbUnderCgroup or HelperId.CurrentTaskUnderCgroup,
        MapType.CgroupStorage or MapType.PerCpuCgroupStorage => helper == HelperId.GetLocalStorage,
        MapType.DevMap or MapType.DevMapHash => helper is HelperId.RedirectMap or HelperId.MapLookupElem,
        MapType.CpuMap => helper == HelperId.RedirectMap,
        MapType.XskMap => helper is HelperId.RedirectMap or HelperId.MapLookupElem,
        MapType.ArrayOfMaps or MapType.HashOfMaps => helper == HelperId.MapLookupElem,
        MapType.SockMap => helper is HelperId.SkRedirectMap or HelperId.SockMapUpdate or HelperId.MapDeleteElem or HelperId.MsgRedirectMap
            or HelperId.SkSelectReuseport or HelperId.MapLookupElem or HelperId.MapUpdateElem,
        MapType.SockHash => helper is HelperId.SkRedirectHash or HelperId.SockHashUpdate or HelperId.MapDeleteElem or HelperId.MsgRedirectHash
            or HelperId.SkSelectReuseport or HelperId.MapLookupElem or HelperId.MapUpdateElem,
        MapType.ReuseportSockArray => helper == HelperId.SkSelectReuseport,
        MapType.Queue or MapType.Stack => helper is HelperId.MapPeekElem or HelperId.MapPopElem or HelperId.MapPushElem,
        MapType.SkStorage => helper is HelperId.SkStorageGet or HelperId.SkStorageDelete or HelperId.KptrXchg,
        MapType.InodeStorage => helper is HelperId.InodeStorageGet or HelperId.InodeStorageDelete or HelperId.KptrXchg,
        MapType.TaskStorage => helper is HelperId.TaskStorageGet or HelperId.TaskStorageDelete or HelperId.KptrXchg,
        MapType.CgrpStorage => helper is HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete or HelperId.KptrXchg,
        MapType.BloomFilter => helper is HelperId.MapPeekElem or HelperId.MapPushElem,
        _ => true,
    };

    private static bool AllowsMap(HelperId helper, MapType type) => helper switch
    {
        HelperId.TailCall => type == MapType.ProgArray,
        HelperId.PerfEventRead or HelperId.PerfEventOutput or HelperId.PerfEventReadValue or HelperId.SkbOutput or HelperId.XdpOutput => type == MapType.PerfEventArray,
        HelperId.RingbufOutput or HelperId.RingbufReserve or HelperId.RingbufQuery or HelperId.RingbufReserveDynptr
            or HelperId.RingbufSubmitDynptr or HelperId.RingbufDiscardDynptr => type == MapType.RingBuf,
        HelperId.UserRingbufDrain => type == MapType.UserRingBuf,
        HelperId.GetStackid => type == MapType.StackTrace,
        HelperId.CurrentTaskUnderCgroup or HelperId.SkbUnderCgroup => type == MapType.CgroupArray,
        HelperId.RedirectMap => type is MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap,
        HelperId.SkRedirectMap or HelperId.MsgRedirectMap or HelperId.SockMapUpdate => type == MapType.SockMap,
        HelperId.SkRedirectHash or HelperId.MsgRedirectHash or HelperId.SockHashUpdate => type == MapType.SockHash,
        HelperId.GetLocalStorage => type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage,
        HelperId.SkSelectReuseport => type is MapType.ReuseportSockArray or MapType.SockMap or MapType.SockHash,
        HelperId.MapPopElem => type is MapType.Queue or MapType.Stack,
        HelperId.MapPeekElem or HelperId.MapPushElem => type is MapType.Queue or MapType.Stack or MapType.BloomFilter,
        HelperId.MapLookupPercpuElem => type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash,
        HelperId.SkStorageGet or HelperId.SkStorageDelete => type == MapType.SkStorage,
        HelperId.InodeStorageGet or HelperId.InodeStorageDelete => type == MapType.InodeStorage,
        HelperId.TaskStorageGet or HelperId.TaskStorageDelete => type == MapType.TaskStorage,
        HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete => type == MapType.CgrpStorage,
        HelperId.ForEachMapElem => type is MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash
            or MapType.LruHash or MapType.LruPerCpuHash,
        _ => true,
    };
}
