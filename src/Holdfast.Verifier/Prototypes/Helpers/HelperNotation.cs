using System.Collections.Immutable;
using System.Text;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The words in which the helper table is written, so that a helper is one line.</summary>
internal static class HelperNotation
{
    public const HelperTraits Gpl = HelperTraits.Gpl;
    public const HelperTraits Packet = HelperTraits.TakesPacket;
    public const HelperTraits Moves = HelperTraits.MovesPacket;
    public const HelperTraits Sleeps = HelperTraits.Sleeps;
    public const HelperTraits Fast = HelperTraits.Fast;

    public static HelperArgument Any { get; } = new(ArgumentType.Anything);

    public static HelperArgument Ctx { get; } = new(ArgumentType.PointerToContext);

    public static HelperArgument CtxOrNull { get; } = new(ArgumentType.PointerToContext, ArgumentFlags.MaybeNull);

    public static HelperArgument Map { get; } = new(ArgumentType.ConstMapPointer);

    public static HelperArgument Key { get; } = new(ArgumentType.PointerToMapKey);

    public static HelperArgument Value { get; } = new(ArgumentType.PointerToMapValue);

    public static HelperArgument ValueOrNull { get; } = new(ArgumentType.PointerToMapValue, ArgumentFlags.MaybeNull);

    /// <summary>A map value that the helper fills.</summary>
    public static HelperArgument OutValue { get; } = new(ArgumentType.PointerToMapValue, ArgumentFlags.Uninitialized | ArgumentFlags.Writes);

    /// <summary>Memory that the helper reads; its size follows.</summary>
    public static HelperArgument In { get; } = new(ArgumentType.PointerToMemory, ArgumentFlags.ReadOnly);

    public static HelperArgument InOrNull { get; } = new(ArgumentType.PointerToMemory, ArgumentFlags.ReadOnly | ArgumentFlags.MaybeNull);

    /// <summary>Memory that the helper fills; its size follows.</summary>
    public static HelperArgument Out { get; } = new(ArgumentType.PointerToMemory, ArgumentFlags.Uninitialized | ArgumentFlags.Writes);

    /// <summary>Memory that the helper may read and write; its size follows.</summary>
    public static HelperArgument InOut { get; } = new(ArgumentType.PointerToMemory, ArgumentFlags.Writes);

    public static HelperArgument InOutOrNull { get; } = new(ArgumentType.PointerToMemory, ArgumentFlags.Writes | ArgumentFlags.MaybeNull);

    public static HelperArgument Size { get; } = new(ArgumentType.ConstSize);

    public static HelperArgument SizeOrZero { get; } = new(ArgumentType.ConstSizeOrZero);

    public static HelperArgument AllocSize { get; } = new(ArgumentType.ConstAllocSizeOrZero);

    public static HelperArgument Callback { get; } = new(ArgumentType.PointerToFunction);

    public static HelperArgument StackOrNull { get; } = new(ArgumentType.PointerToStack, ArgumentFlags.MaybeNull);

    public static HelperArgument ConstString { get; } = new(ArgumentType.PointerToConstString);

    public static HelperArgument LockField { get; } = new(ArgumentType.PointerToSpinLock);

    public static HelperArgument TimerField { get; } = new(ArgumentType.PointerToTimer);

    public static HelperArgument SockCommon { get; } = new(ArgumentType.PointerToSockCommon);

    public static HelperArgument SocketOrNull { get; } = new(ArgumentType.PointerToSocket, ArgumentFlags.MaybeNull);

    public static HelperArgument BtfSock { get; } = new(ArgumentType.PointerToBtfIdSockCommon);

    public static HelperArgument BtfSockOrNull { get; } = new(ArgumentType.PointerToBtfIdSockCommon, ArgumentFlags.MaybeNull);

    public static HelperArgument ReleasedSock { get; } = new(ArgumentType.PointerToBtfIdSockCommon, ArgumentFlags.Releases);

    public static HelperArgument PerCpu { get; } = new(ArgumentType.PointerToPerCpuBtfId);

    public static HelperArgument Record { get; } = new(ArgumentType.PointerToRingBufMemory, ArgumentFlags.Releases);

    public static HelperArgument Kptr { get; } = new(ArgumentType.KptrExchangeDestination);

    public static HelperArgument Dynptr { get; } = new(ArgumentType.PointerToDynptr, ArgumentFlags.ReadOnly);

    public static HelperArgument RingDynptr { get; } = new(ArgumentType.PointerToDynptr, ArgumentFlags.DynptrRingBuf | ArgumentFlags.Releases);

    public static HelperArgument NewRingDynptr { get; } =
        new(ArgumentType.PointerToDynptr, ArgumentFlags.DynptrRingBuf | ArgumentFlags.Uninitialized | ArgumentFlags.Writes);

    public static HelperArgument NewLocalDynptr { get; } =
        new(ArgumentType.PointerToDynptr, ArgumentFlags.DynptrLocal | ArgumentFlags.Uninitialized | ArgumentFlags.Writes);

    public static HelperResult Number { get; } = new(ReturnType.Integer);

    public static HelperResult Nothing { get; } = new(ReturnType.Void);

    public static HelperResult MapValue { get; } = new(ReturnType.PointerToMapValue);

    public static HelperResult MapValueOrNull { get; } = new(ReturnType.PointerToMapValue, ReturnFlags.MaybeNull);

    public static HelperResult NewSocketOrNull { get; } = new(ReturnType.PointerToSocket, ReturnFlags.MaybeNull | ReturnFlags.Acquires);

    public static HelperResult NewSockCommonOrNull { get; } = new(ReturnType.PointerToSockCommon, ReturnFlags.MaybeNull | ReturnFlags.Acquires);

    /// <summary>A kernel object of a type.</summary>
    public static HelperArgument Kernel(string type) => new(ArgumentType.PointerToBtfId, BtfType: type);

    public static HelperArgument KernelOrNull(string type) => new(ArgumentType.PointerToBtfId, ArgumentFlags.MaybeNull, BtfType: type);

    /// <summary>Memory of a fixed size that the helper reads.</summary>
    public static HelperArgument FixedIn(int size) =>
        new(ArgumentType.PointerToMemory, ArgumentFlags.FixedSize | ArgumentFlags.ReadOnly, size);

    /// <summary>An aligned number that the helper fills.</summary>
    public static HelperArgument OutNumber(int size) =>
        new(ArgumentType.PointerToMemory, ArgumentFlags.FixedSize | ArgumentFlags.Uninitialized | ArgumentFlags.Writes | ArgumentFlags.Aligned, size);

    /// <summary>An aligned number that the helper reads and writes.</summary>
    public static HelperArgument InOutNumber(int size) =>
        new(ArgumentType.PointerToMemory, ArgumentFlags.FixedSize | ArgumentFlags.Writes | ArgumentFlags.Aligned, size);

    public static HelperResult BtfResultOrNull(string type) => new(ReturnType.PointerToBtfId, ReturnFlags.MaybeNull, type);

    public static HelperPrototype Row(HelperId id, HelperResult result, ReadOnlySpan<HelperArgument> arguments, HelperTraits traits = HelperTraits.None) => new()
    {
        Id = id,
        Name = NameOf(id),
        Arguments = [.. arguments],
        Return = result.Type,
        ReturnFlags = result.Flags,
        ReturnBtfType = result.BtfType,
        GplOnly = traits.HasFlag(HelperTraits.Gpl),
        PacketAccess = traits.HasFlag(HelperTraits.TakesPacket),
        ChangesPacketData = traits.HasFlag(HelperTraits.MovesPacket),
        MightSleep = traits.HasFlag(HelperTraits.Sleeps),
        AllowsFastCall = traits.HasFlag(HelperTraits.Fast),
    };

    /// <summary>A helper that returns a number.</summary>
    public static HelperPrototype Row(HelperId id, ReadOnlySpan<HelperArgument> arguments, HelperTraits traits = HelperTraits.None) =>
        Row(id, Number, arguments, traits);

    /// <summary><c>SkcToTcp6Sock</c> is <c>bpf_skc_to_tcp6_sock</c>: an underscore before each capital.</summary>
    private static string NameOf(HelperId id)
    {
        StringBuilder name = new("bpf");
        foreach (char letter in id.ToString())
        {
            if (char.IsAsciiLetterUpper(letter))
            {
                name.Append('_').Append(char.ToLowerInvariant(letter));
            }
            else
            {
                name.Append(letter);
            }
        }

        return name.ToString();
    }
}
