using System.Buffers.Binary;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Maps.Stacks;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// Stacks (kernel/bpf/stackmap.c). A process has one stack a thread: what is asked for as the kernel's and as the user's is the same, the frames
/// of whoever ran the program.
/// </summary>
internal static unsafe class StackHelpers
{
    private const ulong SkipMask = 0xff; // BPF_F_SKIP_FIELD_MASK
    private const ulong UserStack = 1 << 8; // BPF_F_USER_STACK
    private const ulong FastCompare = 1 << 9; // BPF_F_FAST_STACK_CMP
    private const ulong Reuse = 1 << 10; // BPF_F_REUSE_STACKID
    private const ulong UserBuildId = 1 << 11; // BPF_F_USER_BUILD_ID
    private const int BuildIdBytes = 32; // struct bpf_stack_build_id
    private const uint AddressOnly = 2; // BPF_STACK_BUILD_ID_IP
    private const int FramesOnStack = 256;

    /// <summary><c>bpf_get_stackid(ctx, map, flags)</c></summary>
    public static ulong Id(RunContext context, ulong r1, ulong map, ulong flags, ulong r4, ulong r5)
    {
        if ((flags & ~(SkipMask | UserStack | FastCompare | Reuse)) != 0 || RuntimeMap.FromHandle(map) is not RuntimeStackTraces stacks)
            return HelperError.InvalidArgument;
        int skip = (int)(flags & SkipMask), depth = Math.Min(stacks.MaxDepth + skip, StackLimit.Frames);
        Span<ulong> frames = depth <= FramesOnStack ? stackalloc ulong[FramesOnStack] : new ulong[depth];
        int count = FrameWalk.Collect(context.HostFrame, frames[..depth]);
        return count <= skip
            ? HelperError.BadAddress
            : (ulong)(long)stacks.Add(frames[skip..count], (flags & FastCompare) != 0, (flags & Reuse) != 0);
    }

    /// <summary><c>bpf_get_stack(ctx, buf, size, flags)</c>: bytes written; what is behind them is zero.</summary>
    public static ulong Copy(RunContext context, ulong r1, ulong buffer, ulong size, ulong flags, ulong r5)
    {
        // Safe: the verifier proved the buffer writable for its size.
        Span<byte> target = new((void*)buffer, (int)(uint)size);
        target.Clear();
        bool withBuildIds = (flags & UserBuildId) != 0;
        int frameBytes = withBuildIds ? BuildIdBytes : sizeof(ulong);
        if ((flags & ~(SkipMask | UserStack | UserBuildId)) != 0 || (withBuildIds && (flags & UserStack) == 0) || target.Length % frameBytes != 0)
            return HelperError.InvalidArgument;
        int skip = (int)(flags & SkipMask), depth = Math.Min((target.Length / frameBytes) + skip, StackLimit.Frames);
        Span<ulong> frames = depth <= FramesOnStack ? stackalloc ulong[FramesOnStack] : new ulong[depth];
        int count = FrameWalk.Collect(context.HostFrame, frames[..depth]);
        if (count < skip || count == 0)
            return HelperError.BadAddress;
        foreach (ulong address in frames[skip..count])
        {
            if (withBuildIds)
                BinaryPrimitives.WriteUInt32LittleEndian(target, AddressOnly);
            BinaryPrimitives.WriteUInt64LittleEndian(target[(frameBytes - sizeof(ulong))..], address);
            target = target[frameBytes..];
        }

        return (ulong)((count - skip) * frameBytes);
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.GetStackid, &Id)
        .With(HelperId.GetStack, &Copy);
}
