namespace Holdfast.Execution.Interpreter;

/// <summary>Which operations dereference an address.</summary>
internal static class MemoryOperations
{
    /// <summary>What an operation touches.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>Bytes (0: no memory), whether it writes, whether the address is in the source register.</returns>
    public static (int Size, bool Write, bool ThroughSource) Describe(Operation operation) => operation switch
    {
        >= Operation.Load8 and <= Operation.Load64 => (1 << (operation - Operation.Load8), false, true),
        >= Operation.LoadSx8 and <= Operation.LoadSx32 => (1 << (operation - Operation.LoadSx8), false, true),
        >= Operation.Store8 and <= Operation.Store64 => (1 << (operation - Operation.Store8), true, false),
        >= Operation.StoreImmediate8 and <= Operation.StoreImmediate64 => (1 << (operation - Operation.StoreImmediate8), true, false),
        >= Operation.Add32Atomic and <= Operation.CompareExchange64 => (4 << ((operation - Operation.Add32Atomic) & 1), true, false),
        >= Operation.LoadAcquire8 and <= Operation.LoadAcquire64 => (1 << (operation - Operation.LoadAcquire8), false, true),
        >= Operation.StoreRelease8 and <= Operation.StoreRelease64 => (1 << (operation - Operation.StoreRelease8), true, false),
        _ => default,
    };
}
