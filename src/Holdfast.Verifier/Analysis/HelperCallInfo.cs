using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <summary>What the arguments of one helper call have told so far (<c>struct bpf_call_arg_meta</c>).</summary>
internal sealed class HelperCallInfo(HelperPrototype prototype)
{
    public HelperPrototype Prototype { get; } = prototype;

    public HelperId Id => Prototype.Id;

    public MapDescription? Map { get; set; }

    public int MapInstance { get; set; }

    public int ReferenceId { get; set; }

    public int ReleasedRegister { get; set; }

    public long MemorySize { get; set; }

    public ulong MaximumSize { get; set; }

    /// <summary>The kptr that is exchanged.</summary>
    public SpecialField? Kptr { get; set; }

    /// <summary>Identity of the dynptr that the helper reads, or 0.</summary>
    public int DynptrId { get; set; }

    /// <summary>Whether the call moves packet data because of what it is given.</summary>
    public bool MovesPacket { get; set; }

    public int Callback { get; set; } = -1;

    /// <summary>The memory argument before a size: whether the helper fills it.</summary>
    public bool Fills { get; set; }

    public RegisterState ReturnedType { get; set; }

    /// <summary>The constant key of an array lookup, or -1.</summary>
    public long ConstantKey { get; set; } = -1;
}
