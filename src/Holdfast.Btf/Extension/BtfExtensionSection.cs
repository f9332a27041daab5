using System.Collections.Immutable;

namespace Holdfast.Btf.Extension;

/// <summary>The records of <c>.BTF.ext</c> that belong to one section of code.</summary>
/// <typeparam name="T">Record.</typeparam>
/// <param name="SectionName">Name of the section.</param>
/// <param name="Records">Records in file order.</param>
public sealed record BtfExtensionSection<T>(string SectionName, ImmutableArray<T> Records);
