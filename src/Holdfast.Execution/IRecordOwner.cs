namespace Holdfast.Execution;

/// <summary>Where a program's record came from, and goes back to: a ring buffer.</summary>
public interface IRecordOwner
{
    /// <summary>Ends the program's ownership of a record.</summary>
    /// <param name="record">Its address.</param>
    /// <param name="flags">The helper's flags.</param>
    /// <param name="discard">Whether readers shall pass it over.</param>
    void Commit(ulong record, ulong flags, bool discard);
}
