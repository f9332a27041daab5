using System.Globalization;
using System.Text;
using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>An access spec, such as <c>0:1:2</c>, given meaning by a graph.</summary>
internal sealed class CoreSpec(BtfGraph graph, uint rootTypeId)
{
    /// <summary>Most steps of a spec (<c>BPF_CORE_SPEC_MAX_LEN</c>).</summary>
    public const int MaxLength = 64;

    public BtfGraph Graph { get; } = graph;

    public uint RootTypeId { get; } = rootTypeId;

    /// <summary>Steps with meaning; anonymous members are left out.</summary>
    public List<CoreAccess> Accesses { get; } = [];

    /// <summary>All steps.</summary>
    public List<uint> RawIndexes { get; } = [];

    public ulong BitOffset { get; set; }

    public CoreAccess Last => Accesses[^1];

    /// <summary>
    /// Whether an array is a flexible one: without elements, the last member of the composite that the access before
    /// it chose.
    /// </summary>
    public bool IsFlexible(BtfArray array) =>
        array.ElementCount == 0
        && Accesses.Count > 0
        && Last.Name is not null
        && Graph[Last.TypeId] is BtfComposite composite
        && Last.Index == composite.Members.Length - 1;

    /// <summary>The spec in the words of libbpf's log: <c>[7] struct task_struct.pid (0:12 @ offset 2464)</c>.</summary>
    public string Describe(CoreRelocationKind kind)
    {
        BtfType root = Graph[RootTypeId];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"[{RootTypeId}] {Keyword(root.Kind)} {(root.IsAnonymous ? "<anon>" : root.Name)}");
        if (kind.IsEnumBased() && Accesses.Count > 0 && Graph[Last.TypeId] is BtfEnumeration enumeration)
        {
            BtfEnumValue value = enumeration.Values[(int)Last.Index];
            text.Append(CultureInfo.InvariantCulture, $"::{value.Name} = {value.Value}");
        }
        else if (kind.IsFieldBased())
        {
            DescribeField(text);
        }

        return text.ToString();
    }

    private void DescribeField(StringBuilder text)
    {
        for (int i = 0; i < Accesses.Count; i++)
        {
            CoreAccess access = Accesses[i];
            if (access.Name is not null)
            {
                text.Append('.').Append(access.Name);
            }
            else if (i > 0 || access.Index > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{access.Index}]");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $" ({string.Join(':', RawIndexes)} @ offset {BitOffset / 8}");
        text.Append(BitOffset % 8 == 0 ? ")" : string.Create(CultureInfo.InvariantCulture, $".{BitOffset % 8})"));
    }

    private static string Keyword(BtfKind kind) => kind switch
    {
        BtfKind.Forward => "fwd",
        BtfKind.FunctionPrototype => "func_proto",
        BtfKind.Pointer => "ptr",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
