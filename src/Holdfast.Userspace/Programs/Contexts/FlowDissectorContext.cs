using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>A packet for a flow dissector, and the keys that it fills (<c>bpf_flow_dissect</c>).</summary>
public sealed unsafe class FlowDissectorContext : HostContext
{
    internal const int KeyBytes = 56;
    internal const int FlagsOffset = 48;
    private const int FlowKeysField = 144;
    private readonly int _length;
    private readonly uint _flags;
    private byte* _memory;

    /// <summary>Makes a context.</summary>
    /// <param name="frame">The frame with its Ethernet header.</param>
    /// <param name="flags"><c>BPF_FLOW_DISSECTOR_F_*</c></param>
    public FlowDissectorContext(ReadOnlySpan<byte> frame, uint flags)
        : base(ProgramTypes.Find(ProgramType.FlowDissector)!.Context, SkBuffField.Bytes)
    {
        _length = frame.Length;
        _flags = flags;
        _memory = (byte*)NativeMemory.Alloc((nuint)(KeyBytes + 8 + frame.Length));
        frame.CopyTo(Frame);
        Slot(0) = (ulong)(_memory + KeyBytes + 8);
        Slot(1) = Slot(0) + (uint)frame.Length;
        DoubleWord(FlowKeysField) = (ulong)_memory;
        PacketData = _memory + KeyBytes + 8;
        PacketLength = frame.Length;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> DataOut => Keys;

    private Span<byte> Keys => new(_memory, KeyBytes);

    private Span<byte> Frame => new(_memory + KeyBytes + 8, _length);

    /// <inheritdoc/>
    public override uint RunOnce(ExecutableProgram program)
    {
        Span<ushort> keys = MemoryMarshal.Cast<byte, ushort>(Keys);
        const int NetworkOffset = 0;
        const int TransportOffset = 1;
        const int Protocol = 5;
        keys.Clear();
        keys[Protocol] = MemoryMarshal.Read<ushort>(Frame[12..]);
        keys[NetworkOffset] = EtherType.HeaderLength;
        keys[TransportOffset] = EtherType.HeaderLength;
        MemoryMarshal.Write(Keys[FlagsOffset..], in _flags);
        uint result = base.RunOnce(program);

        // The kernel distrusts what comes back: offsets stay within the packet.
        ushort end = (ushort)Math.Min(_length, ushort.MaxValue);
        keys[NetworkOffset] = Math.Clamp(keys[NetworkOffset], (ushort)EtherType.HeaderLength, end);
        keys[TransportOffset] = Math.Clamp(keys[TransportOffset], keys[NetworkOffset], end);
        return result;
    }

    private protected override void FreeMore()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
