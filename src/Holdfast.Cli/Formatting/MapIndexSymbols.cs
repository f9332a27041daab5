using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Formatting;

/// <summary>Names maps that the userspace engine keeps as indices: <c>map[id:5]</c>.</summary>
internal sealed class MapIndexSymbols(uint[] ids) : InstructionSymbols
{
    /// <inheritdoc/>
    public override string? Constant(PseudoLoad kind, int immediate, int nextImmediate)
    {
        if ((uint)immediate >= (uint)ids.Length)
            return null;
        return kind switch
        {
            PseudoLoad.MapFd or PseudoLoad.MapIndex => $"map[id:{ids[immediate]}]",
            PseudoLoad.MapValue or PseudoLoad.MapIndexValue => $"map[id:{ids[immediate]}][0]+{nextImmediate}",
            _ => null,
        };
    }
}
