using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Holdfast.Isa.Abi;

namespace Holdfast.Execution.Jit;

/// <summary>Which helpers are maps' own methods, so that generated code may call those instead.</summary>
[RequiresDynamicCode("Serves the JIT.")]
internal static unsafe class MapCalls
{
    /// <summary>The method behind a helper, unless the program is linked to another implementation of the helper.</summary>
    /// <param name="helper">The helper.</param>
    /// <param name="program">The program.</param>
    /// <returns>A method of <see cref="RuntimeMap"/>, or <see langword="null"/>.</returns>
    public static MethodInfo? MethodOf(HelperId helper, LinkedProgram program)
    {
        if ((nint)program.Helpers.Find(helper) != (nint)HelperTable.Maps.Find(helper))
        {
            return null;
        }

        string? name = helper switch
        {
            HelperId.MapLookupElem => nameof(RuntimeMap.Lookup),
            HelperId.MapUpdateElem => nameof(RuntimeMap.Update),
            HelperId.MapDeleteElem => nameof(RuntimeMap.Delete),
            HelperId.MapPushElem => nameof(RuntimeMap.Push),
            HelperId.MapPopElem => nameof(RuntimeMap.Pop),
            HelperId.MapPeekElem => nameof(RuntimeMap.Peek),
            HelperId.MapLookupPercpuElem => nameof(RuntimeMap.LookupPerCpu),
            HelperId.RingbufOutput => nameof(RuntimeMap.Output),
            HelperId.RingbufReserve => nameof(RuntimeMap.Reserve),
            HelperId.RingbufQuery => nameof(RuntimeMap.Query),
            _ => null,
        };
        return name == null ? null : typeof(RuntimeMap).GetMethod(name);
    }

    /// <summary>The override that a map of a sealed type runs.</summary>
    /// <param name="type">The map's type.</param>
    /// <param name="method">A method of <see cref="RuntimeMap"/>.</param>
    /// <returns>The override, or the method itself, to be called virtually.</returns>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "The JIT isn't used where code is trimmed; a missing override is called virtually.")]
    public static MethodInfo Resolve(Type type, MethodInfo method)
    {
        if (!type.IsSealed)
        {
            return method;
        }

        Type[] parameters = [.. method.GetParameters().Select(p => p.ParameterType)];
        return type.GetMethod(method.Name, BindingFlags.Instance | BindingFlags.Public, parameters) ?? method;
    }
}
