using System.Buffers.Binary;
using System.Collections.Immutable;
using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>
/// func_info and line_info as bpf(2) carries them: records of a stated size, at least the known one; what a record holds past
/// that must be zero (<c>bpf_check_uarg_tail_zero</c>).
/// </summary>
internal static class InfoTables
{
    private const int FunctionRecord = 8;
    private const int LineRecord = 16;
    private const uint MaximumRecord = 252; // MAX_FUNCINFO_REC_SIZE and MAX_LINEINFO_REC_SIZE

    /// <summary>Checks the shape of a table, before it is copied.</summary>
    public static Errno CheckShape(uint recordSize, uint count, int known)
    {
        if (count == 0)
            return Errno.None;
        bool sound = recordSize >= known && recordSize <= MaximumRecord && recordSize % 4 == 0 && count <= int.MaxValue / recordSize;
        return sound ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Checks the shape of func_info.</summary>
    public static Errno CheckFunctions(uint recordSize, uint count) => CheckShape(recordSize, count, FunctionRecord);

    /// <summary>Checks the shape of line_info.</summary>
    public static Errno CheckLines(uint recordSize, uint count) => CheckShape(recordSize, count, LineRecord);

    /// <summary>Whether all that the records hold past the known fields is zero.</summary>
    public static bool TailsAreZero(ReadOnlySpan<byte> table, uint recordSize, bool lines)
    {
        int known = lines ? LineRecord : FunctionRecord;
        for (int at = 0; at + recordSize <= table.Length && recordSize > known; at += (int)recordSize)
        {
            if (table.Slice(at + known, (int)recordSize - known).ContainsAnyExcept((byte)0))
                return false;
        }

        return true;
    }

    /// <summary>Reads func_info.</summary>
    public static ImmutableArray<FunctionInfo> Functions(ReadOnlySpan<byte> table, uint recordSize)
    {
        var records = ImmutableArray.CreateBuilder<FunctionInfo>();
        for (int at = 0; recordSize >= FunctionRecord && at + recordSize <= table.Length; at += (int)recordSize)
            records.Add(new((int)Word(table, at), Word(table, at + 4)));
        return records.ToImmutable();
    }

    /// <summary>Reads line_info.</summary>
    public static ImmutableArray<LineInfo> Lines(ReadOnlySpan<byte> table, uint recordSize)
    {
        var records = ImmutableArray.CreateBuilder<LineInfo>();
        for (int at = 0; recordSize >= LineRecord && at + recordSize <= table.Length; at += (int)recordSize)
            records.Add(new((int)Word(table, at), Word(table, at + 4), Word(table, at + 8), Word(table, at + 12)));
        return records.ToImmutable();
    }

    private static uint Word(ReadOnlySpan<byte> table, int at) => BinaryPrimitives.ReadUInt32LittleEndian(table[at..]);
}
