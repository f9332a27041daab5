namespace Holdfast.Isa.Text;

/// <summary>Fields as read from one line.</summary>
internal sealed class OperandValues
{
    public int? Destination { get; set; }

    public int? Source { get; set; }

    public short? Offset { get; set; }

    public int? Immediate { get; set; }

    public int? NextImmediate { get; set; }

    /// <summary>The label of a jump target, and where it stands.</summary>
    public Token? Label { get; set; }

    /// <summary>Whether the label goes to the immediate, else to the offset field.</summary>
    public bool LabelIsImmediate { get; set; }
}
