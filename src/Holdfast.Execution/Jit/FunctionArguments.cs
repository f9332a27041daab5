using System.Reflection.Emit;

namespace Holdfast.Execution.Jit;

/// <summary>Where a function's registers are at its entry.</summary>
internal static class FunctionArguments
{
    /// <summary>Emits a register's value at entry: an argument of the method, or 0 for what holds nothing.</summary>
    /// <param name="graph">The function.</param>
    /// <param name="il">Its method.</param>
    /// <param name="register">0 to 9.</param>
    /// <param name="entryLength">r2 of the main function.</param>
    public static void EmitArgument(this FunctionGraph graph, ILGenerator il, int register, int entryLength)
    {
        if (graph.IsMain && register == 1)
        {
            il.Emit(OpCodes.Ldarg_2);
        }
        else if (graph.IsMain && register == 2)
        {
            il.Emit(OpCodes.Ldc_I8, (long)entryLength);
        }
        else if (!graph.IsMain && graph.Parameters.Contains(register))
        {
            il.Emit(OpCodes.Ldarg, Position(graph, register));
        }
        else
        {
            il.Emit(OpCodes.Ldc_I8, 0L);
        }
    }

    private static short Position(FunctionGraph graph, int register)
    {
        short position = 2;
        foreach (int parameter in graph.Parameters)
        {
            if (parameter == register)
            {
                break;
            }

            position++;
        }

        return position;
    }
}
