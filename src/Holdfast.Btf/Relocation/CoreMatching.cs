namespace Holdfast.Btf.Relocation;

/// <summary>By which names and how loosely an object's types are held to be a kernel's, outside of relocations too.</summary>
public static class CoreMatching
{
    /// <summary>A name without its flavour: <c>task_struct___old</c> stands for <c>task_struct</c>.</summary>
    /// <param name="name">A type's or function's name.</param>
    /// <returns>The name to look for.</returns>
    public static string EssentialName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return CoreName.Essential(name);
    }

    /// <summary>Whether a declaration can stand for a definition: kinds, pointers, arrays and prototypes agree (<c>bpf_core_types_are_compat</c>).</summary>
    /// <param name="local">Types of the object.</param>
    /// <param name="localId">Type as declared.</param>
    /// <param name="target">Types of the kernel.</param>
    /// <param name="targetId">Type as defined.</param>
    /// <returns>Whether it can; not if the types are nested too deep to tell.</returns>
    public static bool AreCompatible(BtfGraph local, uint localId, BtfGraph target, uint targetId)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(target);
        return new CoreTypeCompatibility(local, target, new CoreBudget()).Types(local.SkipModifiers(localId), target.SkipModifiers(targetId)) == CoreVerdict.Yes;
    }
}
