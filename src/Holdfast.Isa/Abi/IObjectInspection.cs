namespace Holdfast.Isa.Abi;

/// <summary>An engine that tells of objects what bpf(2) has no command for. Results are zero or a negated <see cref="Errno"/>.</summary>
public interface IObjectInspection
{
    /// <summary>What <c>/proc/self/fdinfo</c> says of an object's descriptor, without the lines that any file has (<c>pos</c> to <c>ino</c>).</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="text">Lines of <c>name:</c>, a tab and the value.</param>
    /// <returns>Zero.</returns>
    int ReadFdInfo(int descriptor, out string text);

    /// <summary>Which processes have which objects open, as far as the caller may see it; one of each pair.</summary>
    /// <returns>The pairs, as found.</returns>
    IEnumerable<ObjectHolder> Holders();
}
