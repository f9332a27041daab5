namespace Holdfast.Storage.Maps;

/// <summary>
/// Where elements of one size lie: one after the other, or, so that no element lies on two pages, as many as a page takes on each.
/// </summary>
internal readonly record struct ElementPlacement(uint Stride, uint PerPage)
{
    private const int Page = 4096;

    // ⌈2⁶⁴ / PerPage⌉: the high half of its product with an index below 2³² is the exact quotient (the error stays below index · PerPage / 2⁶⁴).
    private readonly ulong _reciprocal = PerPage == 0 ? 0 : (ulong.MaxValue / PerPage) + 1;

    /// <summary>Bytes that a page leaves over.</summary>
    private readonly long _slack = PerPage == 0 ? 0 : Page - (PerPage * Stride);

    /// <summary>Elements one after the other.</summary>
    public static ElementPlacement Dense(uint stride) => new(stride, 0);

    /// <summary>Elements of up to a page each on one; larger ones one after the other, so that their headers, of up to 64 bytes, are on one.</summary>
    public static ElementPlacement Paged(uint stride) =>
        stride <= Page / 2 ? new(stride, Page / stride) : Dense(stride <= Page ? Page : (stride + 63) & ~63u);

    /// <summary>Whether an element lies on one page.</summary>
    public bool IsOnePage => PerPage != 0 || Stride == Page;

    /// <summary>Where an element begins.</summary>
    public long OffsetOf(uint index)
    {
        long offset = (long)index * Stride;
        return _slack == 0 ? offset : offset + ((long)Math.BigMul(_reciprocal, index, out _) * _slack);
    }

    /// <summary>How many elements from one on lie one after the other.</summary>
    public long RunOf(uint index) => PerPage == 0 ? long.MaxValue : PerPage - (index % PerPage);

    /// <summary>Bytes that so many elements take.</summary>
    public long LengthOf(uint count) => count == 0 ? 0 : OffsetOf(count - 1) + Stride;

    /// <summary>The number of elements that end at or before a place.</summary>
    public long CountBefore(long place) =>
        PerPage == 0 ? place / Stride : (place / Page * PerPage) + Math.Min(PerPage, place % Page / Stride);
}
