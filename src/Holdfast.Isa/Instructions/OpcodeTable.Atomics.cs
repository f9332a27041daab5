namespace Holdfast.Isa.Instructions;

/// <content>Atomic operations.</content>
internal static partial class OpcodeTable
{
    private static readonly (AtomicOperation Operation, string Symbol, string Name)[] FetchableOperations =
    [
        (AtomicOperation.Add, "+=", "add"), (AtomicOperation.And, "&=", "and"),
        (AtomicOperation.Or, "|=", "or"), (AtomicOperation.Xor, "^=", "xor"),
    ];

    private static IEnumerable<InstructionForm> Atomics() =>
    [
        .. WideAndNarrow.SelectMany(AtomicsOf),
        .. Sizes.SelectMany(size => OrderedAccess(size.Size, size.Bits, size.Suffix)),
    ];

    private static IEnumerable<InstructionForm> AtomicsOf(bool wide)
    {
        int bits = wide ? 64 : 32;
        string width = wide ? "" : "32";
        string r = wide ? "{rs}" : "{ws}";
        string kernelName = wide ? "atomic64" : "atomic";
        foreach ((AtomicOperation operation, string symbol, string name) in FetchableOperations)
        {
            yield return Atomic(operation, wide, $"lock {name}{width} [{{md}}], {{s}}") with
            {
                Syntax = $"lock *(u{bits} *)({{md}}) {symbol} {r}",
                KernelSyntax = $"lock *(u{bits} *)({{md}}) {symbol} {{rs}}",
                Aliases = wide ? [$"lock {name}64 [{{md}}], {{s}}"] : [],
            };
            yield return Atomic(operation | AtomicOperation.FetchAdd, wide, $"lock fetch {name}{width} [{{md}}], {{s}}") with
            {
                Syntax = $"{r} = atomic_fetch_{name}((u{bits} *)({{md}}), {r})",
                KernelSyntax = $"{{rs}} = {kernelName}_fetch_{name}((u{bits} *)({{md}}), {{rs}})",
                Aliases = [$"lock fetch_{name}{width} [{{md}}], {{s}}", $"lock fetch_{name}{bits} [{{md}}], {{s}}"],
            };
        }

        string exchange = wide ? "xchg_64" : "xchg32_32";
        yield return Atomic(AtomicOperation.Xchg, wide, $"lock xchg{width} [{{md}}], {{s}}") with
        {
            Syntax = $"{r} = {exchange}({{md}}, {r})",
            KernelSyntax = $"{{rs}} = {kernelName}_xchg((u{bits} *)({{md}}), {{rs}})",
            Aliases = [$"lock xchg{bits} [{{md}}], {{s}}", $"lock fetch xchg{width} [{{md}}], {{s}}"],
        };
        string result = wide ? "r0" : "w0";
        yield return Atomic(AtomicOperation.CmpXchg, wide, $"lock cmpxchg{width} [{{md}}], {{s}}") with
        {
            Syntax = $"{result} = cmp{exchange}({{md}}, {result}, {r})",
            KernelSyntax = $"r0 = {kernelName}_cmpxchg((u{bits} *)({{md}}), r0, {{rs}})",
            Aliases = [$"lock cmpxchg{bits} [{{md}}], {{s}}", $"lock fetch cmpxchg{width} [{{md}}], {{s}}"],
        };
    }

    private static InstructionForm Atomic(AtomicOperation operation, bool wide, string mnemonic) => new()
    {
        Opcode = wide ? (byte)0xdb : (byte)0xc3,
        Kind = FormKind.Atomic,
        Destination = FieldUse.Register,
        Source = FieldUse.Register,
        Offset = FieldUse.MemoryOffset,
        Immediate = FieldRule.Only((int)operation),
        Syntax = mnemonic,
        Mnemonic = mnemonic,
        Citation = Rfc + "5.3",
    };

    private static IEnumerable<InstructionForm> OrderedAccess(MemorySize size, int bits, string suffix)
    {
        InstructionForm row = Atomic(AtomicOperation.LoadAcquire, wide: false, "") with
        {
            Opcode = (byte)(0xc3 | (byte)size),
            Citation = "Linux 6.15",
        };
        bool narrow = bits < 64;
        yield return row with
        {
            Kind = FormKind.LoadAcquire,
            Syntax = $"{{rd}} = load_acquire((u{bits} *)({{ms}}))",
            Mnemonic = $"ldacq{suffix} {{d}}, [{{ms}}]",
            Aliases = narrow ? [$"{{wd}} = load_acquire((u{bits} *)({{ms}}))"] : [],
        };
        yield return row with
        {
            Kind = FormKind.StoreRelease,
            Immediate = FieldRule.Only((int)AtomicOperation.StoreRelease),
            Syntax = $"store_release((u{bits} *)({{md}}), {{rs}})",
            Mnemonic = $"strel{suffix} [{{md}}], {{s}}",
            Aliases = narrow ? [$"store_release((u{bits} *)({{md}}), {{ws}})"] : [],
        };
    }
}
