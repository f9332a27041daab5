using System.Collections.Frozen;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The arguments of the kernel's iterators that are null at the end of the sequence, by iterator and offset.</summary>
internal static class IteratorArguments
{
    private static readonly IteratorArgument Object = new(true, null, false);
    private static readonly IteratorArgument Trusted = new(true, null, true);
    private static readonly IteratorArgument ReadOnlyBuffer = new(true, ContextFieldKind.ReadOnlyBuffer, false);
    private static readonly IteratorArgument Buffer = new(true, ContextFieldKind.Buffer, false);

    private static readonly FrozenDictionary<(string Iterator, int Offset), IteratorArgument> Table = new Dictionary<(string, int), IteratorArgument>
    {
        [("bpf_iter_bpf_map", 8)] = Trusted,
        [("bpf_iter_bpf_map_elem", 8)] = Trusted,
        [("bpf_iter_bpf_map_elem", 16)] = ReadOnlyBuffer,
        [("bpf_iter_bpf_map_elem", 24)] = Buffer,
        [("bpf_iter_bpf_sk_storage_map", 16)] = Object,
        [("bpf_iter_bpf_sk_storage_map", 24)] = Buffer,
        [("bpf_iter_sockmap", 16)] = ReadOnlyBuffer,
        [("bpf_iter_sockmap", 24)] = Object,
        [("bpf_iter_bpf_prog", 8)] = Object,
        [("bpf_iter_bpf_link", 8)] = Object,
        [("bpf_iter_cgroup", 8)] = Trusted,
        [("bpf_iter_task", 8)] = Trusted,
        [("bpf_iter_task_file", 8)] = Object,
        [("bpf_iter_task_file", 24)] = Object,
        [("bpf_iter_task_vma", 8)] = Object,
        [("bpf_iter_task_vma", 16)] = Object,
        [("bpf_iter_tcp", 8)] = Trusted,
        [("bpf_iter_udp", 8)] = Trusted,
        [("bpf_iter_unix", 8)] = Object,
        [("bpf_iter_netlink", 8)] = Object,
        [("bpf_iter_ipv6_route", 8)] = Object,
        [("bpf_iter_ksym", 8)] = Object,
        [("bpf_iter_kmem_cache", 8)] = Trusted,
        [("bpf_iter_dmabuf", 8)] = Object,
    }.ToFrozenDictionary();

    public static bool TryFind(string iterator, int offset, VerificationRequest request, out IteratorArgument argument)
    {
        argument = default;
        return request.AttachType == AttachType.TraceIter && Table.TryGetValue((iterator, offset), out argument);
    }
}
