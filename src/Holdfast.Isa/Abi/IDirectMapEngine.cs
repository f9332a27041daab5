namespace Holdfast.Isa.Abi;

/// <summary>An engine that can reach maps without a command each time.</summary>
public interface IDirectMapEngine
{
    /// <summary>The fast path to a map.</summary>
    /// <param name="descriptor">The map's descriptor; it must stay open while the result is used.</param>
    /// <returns>The fast path, or <see langword="null"/> if this map has none.</returns>
    IDirectMap? GetDirectMap(int descriptor);
}
