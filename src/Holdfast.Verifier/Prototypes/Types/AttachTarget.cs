using System.Runtime.CompilerServices;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The kernel function, tracepoint, iterator, hook or operation that a BTF-typed program is for (<c>bpf_check_attach_target</c>).</summary>
public sealed class AttachTarget
{
    private const string TracepointPrefix = "btf_trace_";
    private const string IteratorPrefix = "bpf_iter_";
    private const string HookPrefix = "bpf_lsm_";

    private static readonly ConditionalWeakTable<VerificationRequest, object> Known = [];

    private AttachTarget(BtfGraph types, string name, BtfFunctionPrototype prototype)
    {
        Types = types;
        Name = name;
        Prototype = prototype;
    }

    /// <summary>The kernel's types.</summary>
    public BtfGraph Types { get; }

    /// <summary>Name of the function, hook or operation; of a tracepoint without its prefix.</summary>
    public string Name { get; }

    /// <summary>Its signature.</summary>
    public BtfFunctionPrototype Prototype { get; }

    /// <summary>Parameters of the signature that programs don't see: a tracepoint's first.</summary>
    public int SkippedParameters { get; private init; }

    /// <summary>For a tracepoint or a stubbed operation: the signature that has argument names, or <see langword="null"/>.</summary>
    internal BtfFunctionPrototype? Named { get; private init; }

    /// <summary>Finds the target of a program.</summary>
    /// <param name="request">The program; its type, attach type, <c>attach_btf_id</c> and kernel BTF count.</param>
    /// <param name="reason">Why there is none, in the kernel's words.</param>
    /// <returns>The target, or <see langword="null"/>.</returns>
    public static AttachTarget? Find(VerificationRequest request, out string reason)
    {
        object found = Known.GetValue(request, static request => Resolve(request, out string why) is { } target ? target : why);
        reason = found as string ?? "";
        return found as AttachTarget;
    }

    private static AttachTarget? Resolve(VerificationRequest request, out string reason)
    {
        reason = "";
        if (request.AttachBtfId == 0)
        {
            reason = "Tracing programs must provide btf_id";
            return null;
        }

        if (request.KernelBtf is not { } types)
        {
            reason = "the program is typed by the kernel's BTF, and there is none";
            return null;
        }

        if (!types.TryGetType(request.AttachBtfId, out BtfType? type))
        {
            reason = $"attach_btf_id {request.AttachBtfId} is invalid";
            return null;
        }

        return request.Type.Type == ProgramType.StructOps ? ResolveOperation(types, type, (int)request.AttachType, out reason)
            : request.AttachType == AttachType.TraceRawTp ? ResolveTracepoint(types, type, out reason)
            : ResolveFunction(types, type, request, out reason);
    }

    private static AttachTarget? ResolveTracepoint(BtfGraph types, BtfType type, out string reason)
    {
        reason = "";
        if (type is not BtfTypedef alias)
        {
            reason = $"attach_btf_id {type.Id} is not a typedef";
            return null;
        }

        if (!alias.Name.StartsWith(TracepointPrefix, StringComparison.Ordinal))
        {
            reason = $"attach_btf_id {type.Id} points to wrong type name {alias.Name}";
            return null;
        }

        string name = alias.Name[TracepointPrefix.Length..];
        if (types.Resolve(alias.TypeId) is not BtfPointer pointer || types.Resolve(pointer.TypeId) is not BtfFunctionPrototype prototype)
        {
            reason = $"attach_btf_id {type.Id} is not a tracepoint";
            return null;
        }

        return new AttachTarget(types, name, prototype) { SkippedParameters = 1, Named = FindPrototype(types, "__bpf_trace_" + name) };
    }

    private static AttachTarget? ResolveFunction(BtfGraph types, BtfType type, VerificationRequest request, out string reason)
    {
        reason = "";
        if (type is not BtfFunction function || types.Resolve(function.TypeId) is not BtfFunctionPrototype prototype)
        {
            reason = $"attach_btf_id {type.Id} is not a function";
            return null;
        }

        if (request.AttachType == AttachType.TraceIter && !function.Name.StartsWith(IteratorPrefix, StringComparison.Ordinal))
        {
            reason = $"{function.Name} is not an iterator";
            return null;
        }

        if (request.Type.Type == ProgramType.Lsm && !function.Name.StartsWith(HookPrefix, StringComparison.Ordinal))
        {
            reason = $"attach_btf_id {type.Id} points to wrong type name {function.Name}";
            return null;
        }

        return new AttachTarget(types, function.Name, prototype);
    }

    private static AttachTarget? ResolveOperation(BtfGraph types, BtfType type, int member, out string reason)
    {
        reason = "";
        if (type is not BtfStruct operations || types.FindByName<BtfStruct>("bpf_struct_ops_" + operations.Name) is null)
        {
            reason = $"attach_btf_id {type.Id} is not a supported struct";
            return null;
        }

        if (member < 0 || member >= operations.Members.Length)
        {
            reason = $"attach to invalid member idx {member} of struct {operations.Name}";
            return null;
        }

        BtfMember operation = operations.Members[member];
        if (types.Resolve(operation.TypeId) is not BtfPointer pointer || types.Resolve(pointer.TypeId) is not BtfFunctionPrototype prototype)
        {
            reason = $"attach to invalid member {operation.Name}({member}) of struct {operations.Name}";
            return null;
        }

        return new AttachTarget(types, operation.Name, prototype) { Named = FindPrototype(types, $"{operations.Name}__{operation.Name}") };
    }

    private static BtfFunctionPrototype? FindPrototype(BtfGraph types, string function) =>
        types.FindByName<BtfFunction>(function) is { } found ? types.Resolve(found.TypeId) as BtfFunctionPrototype : null;
}
