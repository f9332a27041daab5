using Holdfast.Btf;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <summary>What is found out of a kfunc call while its arguments are checked (<c>struct bpf_kfunc_call_arg_meta</c>).</summary>
internal sealed class KfuncCall(KfuncPrototype kfunc, BtfGraph types, BtfFunctionPrototype prototype)
{
    public BtfGraph Types => types;

    public BtfFunctionPrototype Prototype => prototype;

    public string Name => kfunc.Name;

    /// <summary>The value of the constant argument (<c>__k</c>, <c>__szk</c>).</summary>
    public ulong Constant { get; set; }

    public bool HasConstant { get; set; }

    /// <summary>The reference that one of the arguments belongs to, or 0.</summary>
    public int Reference { get; set; }

    /// <summary>The reference that the call releases, or 0.</summary>
    public int ReleasedReference { get; set; }

    /// <summary>The stack place of the iterator argument.</summary>
    public int IteratorFrame { get; set; }

    public int IteratorSlot { get; set; } = -1;

    /// <summary>The identity of the initialised dynptr argument, its kind and whether it may not be written.</summary>
    public int DynptrId { get; set; }

    public int DynptrReference { get; set; }

    public DynptrKind DynptrKind { get; set; }

    public bool DynptrIsReadOnly { get; set; }

    /// <summary>The map argument (<c>__map</c>).</summary>
    public MapDescription? Map { get; set; }

    /// <summary>The list or tree that the call works on.</summary>
    public SpecialField? Root { get; set; }

    /// <summary>The function that compares objects of a tree, or -1.</summary>
    public int Callback { get; set; } = -1;

    /// <summary>Whether the counted object that was passed is owned by the path: then one more reference is sure.</summary>
    public bool OwnsArgument { get; set; }

    public BtfGraph? ObjectTypes { get; set; }

    public uint ObjectId { get; set; }

    public bool Is(KfuncTraits traits) => kfunc.Is(traits);
}
