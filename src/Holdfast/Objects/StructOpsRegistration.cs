namespace Holdfast;

/// <summary>Operations in use by the kernel; disposing this ends it.</summary>
public sealed class StructOpsRegistration : IDisposable
{
    private readonly BpfMap _table;

    internal StructOpsRegistration(BpfMap table)
    {
        _table = table;
    }

    /// <summary>Takes the operations back: what uses them goes on until it is done, nothing new can begin.</summary>
    /// <exception cref="BpfException">The engine refused.</exception>
    public void Dispose() => _table.TryDelete(stackalloc byte[sizeof(uint)]);
}
