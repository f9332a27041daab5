using System.Text.RegularExpressions;
using Holdfast.Btf;
using Holdfast.Btf.Writing;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>The BTF of a case, from lines of text.</summary>
internal sealed partial class CaseTypes
{
    private readonly BtfBuilder _builder = new();
    private readonly Dictionary<string, uint> _named = [];
    private readonly List<FunctionInfo> _functions = [];

    public CaseTypes()
    {
        _named["int"] = _builder.Int("int", 4, BtfIntEncoding.Signed);
        _named["u32"] = _builder.Int("u32", 4);
        _named["u64"] = _builder.Int("u64", 8);
    }

    public IReadOnlyList<FunctionInfo> Functions => _functions;

    public byte[] Bytes => _builder.ToArray();

    public uint this[string name] => _named.TryGetValue(name, out uint id) ? id : Known(name);

    /// <summary>Adds <c>NAME SIZE MEMBER:TYPE@OFFSET[#TAG]…</c>.</summary>
    public void AddStruct(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<BtfMember> members = [];
        List<(int Member, string Tag)> tags = [];
        foreach (string word in words.Skip(2))
        {
            Match match = Member().Match(word);
            Assert.True(match.Success, $"'{word}' is no member");
            if (match.Groups["tag"].Success)
            {
                tags.Add((members.Count, match.Groups["tag"].Value));
            }

            members.Add(new(match.Groups["name"].Value, TypeOf(match.Groups["type"].Value), CaseFile.Number(match.Groups["offset"].Value) * 8, 0));
        }

        uint id = _named[words[0]] = _builder.Struct(words[0], CaseFile.Number(words[1]), [.. members]);
        foreach ((int member, string tag) in tags)
        {
            _builder.Add(new BtfDeclTag(0, tag, id, member, false));
        }
    }

    /// <summary>Adds <c>SLOT static|global NAME RESULT [PARAMETER…]</c>.</summary>
    public void AddFunction(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        BtfParameter[] parameters = [.. words.Skip(4).Select((type, index) => new BtfParameter($"a{index}", TypeOf(type)))];
        uint prototype = _builder.Add(new BtfFunctionPrototype(0, words[3] == "void" ? 0 : TypeOf(words[3]), [.. parameters]));
        BtfFunctionLinkage linkage = words[1] == "global" ? BtfFunctionLinkage.Global : BtfFunctionLinkage.Static;
        _functions.Add(new((int)CaseFile.Number(words[0]), _builder.Add(new BtfFunction(0, words[2], prototype, linkage))));
    }

    /// <summary>A type's name, <c>[N]</c> behind it for arrays, <c>*</c> before it for pointers, <c>*tag:</c> for tagged ones.</summary>
    private uint TypeOf(string text)
    {
        if (text.EndsWith(']'))
        {
            int open = text.LastIndexOf('[');
            return _builder.Array(TypeOf(text[..open]), _named["int"], CaseFile.Number(text[(open + 1)..^1]));
        }

        if (text.StartsWith('*'))
        {
            string[] parts = text[1..].Split(':');
            uint target = this[parts[^1]];
            foreach (string tag in parts[..^1].Reverse())
            {
                target = _builder.Add(new BtfTypeTag(0, tag, target, false));
            }

            return _builder.Pointer(target);
        }

        return this[text];
    }

    /// <summary>Types that a case needn't spell out: the special fields, and kernel types that only their name matters of.</summary>
    private uint Known(string name)
    {
        (uint size, uint count) = name switch
        {
            "bpf_spin_lock" or "bpf_refcount" => (4u, 1u),
            "bpf_timer" or "bpf_wq" or "bpf_list_head" or "bpf_rb_root" => (8u, 2u),
            "bpf_list_node" => (8u, 3u),
            "bpf_rb_node" => (8u, 4u),
            "task_struct" or "bpf_cpumask" or "sock" or "__sk_buff" or "xdp_md" => (4u, 1u),
            _ => throw new ArgumentException($"the case knows no type {name}", nameof(name)),
        };
        BtfMember[] members = [.. Enumerable.Range(0, (int)count).Select(i => new BtfMember($"m{i}", _named[size == 4 ? "u32" : "u64"], (uint)i * 64, 0))];
        return _named[name] = _builder.Struct(name, size * count, members);
    }

    [GeneratedRegex(@"^(?<name>\w+):(?<type>[^@]+)@(?<offset>\d+)(#(?<tag>.+))?$")]
    private static partial Regex Member();
}
