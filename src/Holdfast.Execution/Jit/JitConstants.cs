using System.Reflection;
using System.Reflection.Emit;

namespace Holdfast.Execution.Jit;

/// <summary>
/// The objects that generated methods refer to: their first argument. Whatever they name by number or address in the code
/// (maps, callbacks) lives as long as this does.
/// </summary>
/// <param name="program">The program.</param>
/// <param name="callbacks">Its callbacks.</param>
internal sealed class JitConstants(LinkedProgram program, CallbackSlot[] callbacks)
{
    // Fields for the first maps save a bounds check and a load.
    public readonly RuntimeMap? Map0 = program.Maps.ElementAtOrDefault(0);
    public readonly RuntimeMap? Map1 = program.Maps.ElementAtOrDefault(1);
    public readonly RuntimeMap? Map2 = program.Maps.ElementAtOrDefault(2);
    public readonly RuntimeMap? Map3 = program.Maps.ElementAtOrDefault(3);
    public readonly RuntimeMap[] Maps = [.. program.Maps];
    public readonly ChunkedFunction?[] Chunked = new ChunkedFunction?[program.Verified.Subprograms.Length];

    private static readonly FieldInfo[] Fields =
    [
        Field(nameof(Map0)), Field(nameof(Map1)), Field(nameof(Map2)), Field(nameof(Map3)),
    ];

    /// <summary>The program.</summary>
    public LinkedProgram Program { get; } = program;

    /// <summary>Its callbacks.</summary>
    public CallbackSlot[] Callbacks { get; } = callbacks;

    /// <summary>Emits the load of a map object; argument 0 must be these constants.</summary>
    /// <param name="il">Where to.</param>
    /// <param name="map">Index of the map.</param>
    public static void EmitMap(ILGenerator il, int map)
    {
        il.Emit(OpCodes.Ldarg_0);
        if (map < Fields.Length)
        {
            il.Emit(OpCodes.Ldfld, Fields[map]);
            return;
        }

        il.Emit(OpCodes.Ldfld, Field(nameof(Maps)));
        il.Emit(OpCodes.Ldc_I4, map);
        il.Emit(OpCodes.Ldelem_Ref);
    }

    /// <summary>Emits the load of a function that is cut into regions.</summary>
    /// <param name="il">Where to.</param>
    /// <param name="function">Index of the subprogram.</param>
    public static void EmitChunked(ILGenerator il, int function)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, Field(nameof(Chunked)));
        il.Emit(OpCodes.Ldc_I4, function);
        il.Emit(OpCodes.Ldelem_Ref);
    }

    private static FieldInfo Field(string name) => typeof(JitConstants).GetField(name)!;
}
