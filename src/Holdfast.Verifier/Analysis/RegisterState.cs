using System.Globalization;
using Holdfast.Btf;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <summary>What is known of a register (<c>struct bpf_reg_state</c>).</summary>
internal struct RegisterState
{
    /// <summary>Type and its flags.</summary>
    public RegisterType Type;
    public TypeFlags Flags;

    /// <summary>Whether some decision depended on the number: then pruning compares it.</summary>
    public bool Precise;

    /// <summary>The number is another one of the same <see cref="Id"/> plus <see cref="Offset"/> (<c>BPF_ADD_CONST</c>).</summary>
    public bool IsLinkedPlusConstant;

    /// <summary>Fixed offset of a pointer; or the distance of a linked number.</summary>
    public int Offset;

    /// <summary>Bytes proven behind a packet pointer, or size of memory, or the frame of a stack pointer, or index of a function.</summary>
    public int Extent;

    /// <summary>Identity: of a number with its copies, of a pointer that may be null, of a variable packet offset.</summary>
    public int Id;

    /// <summary>The reference that the pointer belongs to, or 0.</summary>
    public int ReferenceId;

    /// <summary>Identity of a map that was looked up in a map of maps, or 0.</summary>
    public int MapInstance;

    /// <summary>BTF type of a typed pointer.</summary>
    public uint BtfId;

    /// <summary>The types that <see cref="BtfId"/> is an id of.</summary>
    public BtfGraph? Types;

    /// <summary>The map of a map, key or value pointer.</summary>
    public MapDescription? Map;

    /// <summary>The number, or the variable part of a pointer's offset.</summary>
    public ScalarRange Range;

    public readonly bool IsScalar => Type == RegisterType.Scalar;

    public readonly bool IsConstant => Type == RegisterType.Scalar && Range.IsConst;

    /// <summary>Whether it is surely the number zero.</summary>
    public readonly bool IsNull => IsConstant && Range.ConstValue == 0;

    public readonly bool MaybeNull => (Flags & TypeFlags.MaybeNull) != 0;

    public readonly bool IsPacket => Type is RegisterType.Packet or RegisterType.PacketMeta;

    public static RegisterState NotInitialized => default;

    public static RegisterState Unknown => new() { Type = RegisterType.Scalar, Range = ScalarRange.Unknown };

    public static RegisterState Constant(ulong value) => new() { Type = RegisterType.Scalar, Range = ScalarRange.Const(value) };

    public static RegisterState Number(in ScalarRange range) => new() { Type = RegisterType.Scalar, Range = range };

    public static RegisterState Pointer(RegisterType type, TypeFlags flags = TypeFlags.None) =>
        new() { Type = type, Flags = flags, Range = ScalarRange.Const(0) };

    /// <summary>The kernel's name of the type (<c>reg_type_str</c>).</summary>
    public readonly string TypeName => NameOf(Type, Flags);

    public static string NameOf(RegisterType type, TypeFlags flags)
    {
        string prefix =
            ((flags & TypeFlags.ReadOnly) != 0 ? "rdonly_" : "")
            + ((flags & TypeFlags.RingBuf) != 0 ? "ringbuf_" : "")
            + ((flags & TypeFlags.User) != 0 ? "user_" : "")
            + ((flags & TypeFlags.PerCpu) != 0 ? "percpu_" : "")
            + ((flags & TypeFlags.Rcu) != 0 ? "rcu_" : "")
            + ((flags & TypeFlags.Untrusted) != 0 ? "untrusted_" : "")
            + ((flags & TypeFlags.Trusted) != 0 ? "trusted_" : "");
        string name = type switch
        {
            RegisterType.NotInitialized => "?",
            RegisterType.Scalar => "scalar",
            RegisterType.Context => "ctx",
            RegisterType.Map => "map_ptr",
            RegisterType.MapKey => "map_key",
            RegisterType.MapValue => "map_value",
            RegisterType.Stack => "fp",
            RegisterType.PacketMeta => "pkt_meta",
            RegisterType.Packet => "pkt",
            RegisterType.PacketEnd => "pkt_end",
            RegisterType.FlowKeys => "flow_keys",
            RegisterType.Socket => "sock",
            RegisterType.SockCommon => "sock_common",
            RegisterType.TcpSock => "tcp_sock",
            RegisterType.TracepointBuffer => "tp_buffer",
            RegisterType.XdpSock => "xdp_sock",
            RegisterType.BtfObject => "ptr_",
            RegisterType.Memory => "mem",
            RegisterType.Arena => "arena",
            RegisterType.Buffer => "buf",
            RegisterType.Function => "func",
            _ => "dynptr_ptr",
        };
        string suffix = (flags & TypeFlags.MaybeNull) == 0 ? "" : type == RegisterType.BtfObject ? "or_null_" : "_or_null";
        return prefix + name + suffix;
    }

    /// <summary>The variable part as the kernel prints a tnum.</summary>
    public readonly string VarOff => string.Create(
        CultureInfo.InvariantCulture, $"(0x{Range.Bits.Value:x}; 0x{Range.Bits.Mask:x})");

    /// <summary>Whether all but the number and the identities are the same.</summary>
    public readonly bool HasSameShape(in RegisterState other) =>
        Type == other.Type && Flags == other.Flags && Offset == other.Offset && Extent == other.Extent
        && MapInstance == other.MapInstance && BtfId == other.BtfId && ReferenceEquals(Types, other.Types) && ReferenceEquals(Map, other.Map);
}
