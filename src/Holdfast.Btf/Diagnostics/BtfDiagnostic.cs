using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Btf;

/// <summary>One thing that is wrong with BTF bytes.</summary>
/// <param name="Id">Stable number.</param>
/// <param name="Offset">Byte offset in the data at which the wrong thing stands.</param>
/// <param name="Message">What is wrong; where the kernel's log has words for it, those.</param>
/// <param name="TypeId">Id of the type concerned, 0 if none.</param>
public sealed record BtfDiagnostic(BtfDiagnosticId Id, int Offset, string Message, uint TypeId = 0)
{
    /// <summary>The number as shown, such as <c>BTF010</c>.</summary>
    public string Code => string.Create(CultureInfo.InvariantCulture, $"BTF{(int)Id:D3}");

    /// <summary>What <c>BPF_BTF_LOAD</c> answers to it.</summary>
    public Errno Errno => Id switch
    {
        BtfDiagnosticId.UnsupportedHeader or BtfDiagnosticId.TooLarge or BtfDiagnosticId.TooManyTypes or BtfDiagnosticId.NestedTooDeep => Errno.E2BIG,
        BtfDiagnosticId.UnsupportedVersion or BtfDiagnosticId.UnsupportedFlags => Errno.ENOTSUPP,
        BtfDiagnosticId.InvalidInteger when Message.StartsWith("Unsupported", StringComparison.Ordinal) => Errno.ENOTSUPP,
        BtfDiagnosticId.Loop => Errno.EEXIST,
        _ => Errno.EINVAL,
    };

    /// <inheritdoc/>
    public override string ToString() => TypeId == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Code} at byte {Offset}: {Message}")
        : string.Create(CultureInfo.InvariantCulture, $"{Code} at byte {Offset}, type [{TypeId}]: {Message}");
}
