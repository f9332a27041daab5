namespace Holdfast;

/// <summary>A struct_ops table of an object, laid out as the kernel's.</summary>
/// <param name="ValueTypeId">Id of the kernel's <c>bpf_struct_ops_NAME</c>, which is what the map's value holds.</param>
/// <param name="TypeId">Id of the kernel's <c>NAME</c> in it, which programs are loaded for.</param>
/// <param name="Module">Descriptor of the BTF that both are in; 0: <c>vmlinux</c>.</param>
/// <param name="Value">The value but for the programs.</param>
/// <param name="Functions">Where the programs go.</param>
internal sealed record StructOpsTable(uint ValueTypeId, uint TypeId, int Module, byte[] Value, IReadOnlyList<StructOpsFunction> Functions);
