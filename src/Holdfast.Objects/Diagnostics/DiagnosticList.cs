namespace Holdfast.Objects;

/// <summary>Collects diagnostics while an object is read; the first ends the reading.</summary>
internal sealed class DiagnosticList
{
    private readonly List<ObjectDiagnostic> _items = [];

    public IReadOnlyList<ObjectDiagnostic> Items => _items;

    /// <summary>Notes what is wrong.</summary>
    /// <returns>Always false, for <c>return Report(…)</c> in methods that tell whether they could go on.</returns>
    public bool Report(ObjectDiagnosticId id, long offset, string message)
    {
        _items.Add(new(id, offset, message));
        return false;
    }
}
