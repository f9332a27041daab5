using System.Globalization;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Analysis;

/// <summary>The arguments of a global function from its BTF and tags (<c>btf_prepare_func_args</c>).</summary>
internal static class FunctionSignature
{
    private const int MaximumArguments = 5;

    public static FunctionArgument[] Read(VerificationRequest request, BtfFunction function, BtfFunctionPrototype prototype, int number)
    {
        BtfGraph types = request.Btf!;
        if (prototype.Parameters.Length > MaximumArguments)
        {
            throw Refuse($"Global function {function.Name}() with {prototype.Parameters.Length} > {MaximumArguments} args. Buggy compiler.");
        }

        if (types.Resolve(prototype.ReturnTypeId) is not (BtfInt or BtfEnumeration))
        {
            throw Refuse($"Global function {function.Name}() doesn't return scalar. Only those are supported.");
        }

        FunctionArgument[] arguments = new FunctionArgument[prototype.Parameters.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = ReadOne(request, types, function, prototype.Parameters[i].TypeId, i, number);
        }

        return arguments;
    }

    private static FunctionArgument ReadOne(VerificationRequest request, BtfGraph types, BtfFunction function, uint typeId, int index, int number)
    {
        HashSet<string> tags = TagsOf(types, function.Id, index);
        BtfType type = types.Resolve(typeId);
        if (type is not BtfPointer pointer)
        {
            if (tags.Count > 0)
            {
                throw Refuse($"arg#{index} type tag is not supported for non-pointers");
            }

            return type is BtfInt or BtfEnumeration
                ? new(FunctionArgumentKind.Number)
                : throw Refuse($"Arg#{index} type {type.Kind.ToString().ToUpperInvariant()} in {function.Name}() is not supported yet.");
        }

        if (tags.Contains("arena"))
        {
            return new(FunctionArgumentKind.Arena);
        }

        BtfType target = types.Resolve(pointer.TypeId);
        if (tags.Contains("ctx") || IsContext(request, types, pointer.TypeId, target))
        {
            return new(FunctionArgumentKind.Context);
        }

        if (target.Name is "bpf_dynptr" or "bpf_dynptr_kern")
        {
            throw Refuse($"arg#{index} of {function.Name}() is a dynptr: not supported by Holdfast's verifier yet");
        }

        bool nullable = !tags.Contains("nonnull");
        if (tags.Contains("trusted"))
        {
            uint id = request.KernelBtf?.FindByName(target.Name, BtfKind.Struct)?.Id ?? 0;
            return id == 0
                ? throw Refuse($"arg#{index} reference type('{target.Kind} {target.Name}') has no matches")
                : new(FunctionArgumentKind.Trusted, MaybeNull: tags.Contains("nullable"), BtfId: id);
        }

        if (tags.Contains("untrusted"))
        {
            throw Refuse($"arg#{index} of {function.Name}() is untrusted memory: not supported by Holdfast's verifier yet");
        }

        _ = number;
        return types.TryGetSize(pointer.TypeId, out uint size) && size is > 0 and <= int.MaxValue
            ? new(FunctionArgumentKind.Memory, (int)size, nullable)
            : throw Refuse($"arg#{index} reference type('{KindName(target)} {target.Name}') size cannot be determined: -22");
    }

    private static string KindName(BtfType type) => type.Kind switch
    {
        BtfKind.Void => "UNKNOWN",
        BtfKind.Forward => "FWD",
        _ => type.Kind.ToString().ToUpperInvariant(),
    };

    private static HashSet<string> TagsOf(BtfGraph types, uint function, int index)
    {
        HashSet<string> tags = [];
        foreach (BtfType type in types.Types)
        {
            if (type is BtfDeclTag tag && tag.TypeId == function && tag.ComponentIndex == index && tag.Name.StartsWith("arg:", StringComparison.Ordinal))
            {
                tags.Add(tag.Name[4..]);
            }
        }

        return tags;
    }

    /// <summary>Whether a pointer's target is the type's context, by name (<c>btf_is_prog_ctx_type</c>).</summary>
    private static bool IsContext(VerificationRequest request, BtfGraph types, uint typeId, BtfType target)
    {
        string? context = request.Type.Context?.Name;
        if (context is not null && target is BtfStruct && target.Name == context)
        {
            return true;
        }

        // pt_regs and bpf_user_pt_regs_t of probes; plain arguments of tracing types.
        for (uint id = typeId; types[id] is BtfModifier modifier; id = modifier.TypeId)
        {
            if (modifier is BtfTypedef { Name: "bpf_user_pt_regs_t" } && request.Type.Type is ProgramType.Kprobe)
            {
                return true;
            }
        }

        return request.Type.Type switch
        {
            ProgramType.Kprobe => target.Name is "bpf_user_pt_regs_t" or "pt_regs",
            ProgramType.PerfEvent => target.Name is "bpf_perf_event_data" or "pt_regs",
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => target.Name == "bpf_raw_tracepoint_args",
            _ => false,
        };
    }

    private static Rejection Refuse(FormattableString reason) => new(Errno.EINVAL, reason.ToString(CultureInfo.InvariantCulture));
}
