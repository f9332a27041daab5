using Holdfast.Btf;
using Holdfast.Btf.Relocation;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Finds what an object's <c>__ksym</c> declarations stand for. What is missing is null if declared <c>__weak</c>, else an error.</summary>
internal sealed class KernelSymbols(BpfObjectSpec spec, KernelEnvironment kernel)
{
    private readonly Dictionary<string, ExternSpec> _externs = spec.Externs.ToDictionary(symbol => symbol.Name);
    private readonly Lazy<Dictionary<string, ulong>> _addresses = new(() => KernelSymbolAddresses.Find(
        spec.Externs.Where(symbol => symbol is { Kind: ExternKind.KernelVariable, TypeId: 0 }).Select(symbol => symbol.Name).ToHashSet()));

    /// <summary>Whether a symbol is declared without a type (<c>extern const void</c>): only its address can be known.</summary>
    public bool IsUntyped(string name) => _externs.TryGetValue(name, out ExternSpec? symbol) && symbol is { Kind: ExternKind.KernelVariable, TypeId: 0 };

    /// <summary>A function that programs may call or test for.</summary>
    public KernelType? FindFunction(ProgramSpec program, string name) => Find<BtfFunction>(program, name, function => function.TypeId);

    /// <summary>A variable, or a function whose presence is tested by its address.</summary>
    public KernelType? FindVariable(ProgramSpec program, string name) =>
        _externs.TryGetValue(name, out ExternSpec? symbol) && symbol.Kind == ExternKind.KernelFunction
            ? FindFunction(program, name)
            : Find<BtfVariable>(program, name, variable => variable.TypeId);

    /// <summary>The address of a symbol declared without a type.</summary>
    public ulong FindAddress(ProgramSpec program, string name)
    {
        if (_addresses.Value.TryGetValue(name, out ulong address) || _externs[name].IsWeak)
            return address;
        throw Fail(program, $"the kernel has no symbol '{name}' (/proc/kallsyms), which the object needs; declare it __weak, or load it on a kernel that has it");
    }

    private KernelType? Find<T>(ProgramSpec program, string name, Func<T, uint> typeOf)
        where T : BtfType
    {
        ExternSpec? symbol = _externs.GetValueOrDefault(name);
        bool isWeak = symbol is { IsWeak: true };
        if (!isWeak)
            kernel.RequireOwnTypes($"program '{program.Name}' (__ksym '{name}')");
        KernelType? found = kernel.Find<T>(CoreMatching.EssentialName(name));
        if (found is { } type && symbol is not null
            && !CoreMatching.AreCompatible(spec.Btf!, symbol.TypeId, type.Types, typeOf((T)type.Types[type.Id])))
        {
            if (!isWeak)
                throw Fail(program, $"the kernel's '{name}' has another type than the object declares; take the declaration from this kernel (bpftool btf dump file /sys/kernel/btf/vmlinux format c)", Errno.EINVAL);
            found = null;
        }

        return found is not null || isWeak
            ? found
            : throw Fail(program, $"the kernel's types have no '{name}', which the object needs; declare it __weak and guard its use, or load it on a kernel that has it");
    }

    private static BpfException Fail(ProgramSpec program, string message, Errno errno = Errno.ENOENT) =>
        new(errno, $"program '{program.Name}': {message} [{errno}]");
}
