using System.Globalization;
using System.Text;
using Holdfast.Verifier.Analysis;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Reporting;

/// <summary>Writes register states as the kernel's log does (<c>print_verifier_state</c>).</summary>
internal static class RegisterPrinter
{
    public static string Print(VerifierState state, bool everything)
    {
        _ = everything;
        StringBuilder text = new();
        AppendFrame(text, state.Current);
        FunctionState frame = state.Current;
        for (int i = 0; i < FunctionState.RegisterCount; i++)
        {
            if (frame.Registers[i].Type != RegisterType.NotInitialized)
            {
                AppendRegister(text, i, frame.Registers[i], frame);
            }
        }

        for (int slot = 0; slot < frame.Stack.Length; slot++)
        {
            AppendSlot(text, slot, frame.Stack[slot]);
        }

        AppendReferences(text, state);
        return text.ToString();
    }

    public static string PrintChanges(FunctionState before, VerifierState state)
    {
        FunctionState after = state.Current;
        StringBuilder text = new();
        for (int i = 0; i < FunctionState.RegisterCount; i++)
        {
            if (!Same(before.Registers[i], after.Registers[i]) && after.Registers[i].Type != RegisterType.NotInitialized)
            {
                AppendRegister(text, i, after.Registers[i], after);
            }
        }

        for (int slot = 0; slot < after.Stack.Length; slot++)
        {
            if (slot >= before.Stack.Length || before.Stack[slot].Kinds != after.Stack[slot].Kinds || !ReferenceEquals(before.Stack[slot].Spilled, after.Stack[slot].Spilled))
            {
                AppendSlot(text, slot, after.Stack[slot]);
            }
        }

        if (text.Length > 0 && after.Frame > 0)
        {
            text.Insert(0, string.Create(CultureInfo.InvariantCulture, $"frame{after.Frame}: "));
        }

        return text.ToString();
    }

    private static bool Same(in RegisterState a, in RegisterState b) =>
        a.HasSameShape(b) && a.Id == b.Id && a.ReferenceId == b.ReferenceId && a.Range.Equals(b.Range);

    private static void AppendFrame(StringBuilder text, FunctionState frame)
    {
        if (frame.Frame > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"frame{frame.Frame}:");
        }
    }

    private static void AppendRegister(StringBuilder text, int number, in RegisterState value, FunctionState frame)
    {
        if (text.Length > 0 && text[^1] != ' ')
        {
            text.Append(' ');
        }

        text.Append(CultureInfo.InvariantCulture, $"R{number}=");
        AppendValue(text, value, frame.Frame);
    }

    private static void AppendSlot(StringBuilder text, int slot, in StackSlot content)
    {
        if (content.Kinds == 0)
        {
            return;
        }

        if (text.Length > 0)
        {
            text.Append(' ');
        }

        text.Append(CultureInfo.InvariantCulture, $"fp-{(slot + 1) * 8}=");
        if (content.IsFullSpill)
        {
            AppendValue(text, content.Spilled!.State, -1);
            return;
        }

        for (int i = 7; i >= 0; i--)
        {
            text.Append(content[i] switch
            {
                SlotKind.Invalid => '?',
                SlotKind.Spill => 'r',
                SlotKind.Misc => 'm',
                SlotKind.Zero => '0',
                SlotKind.Dynptr => 'd',
                SlotKind.Iterator => 'i',
                _ => 'f',
            });
        }
    }

    private static void AppendValue(StringBuilder text, in RegisterState value, int frame)
    {
        if (value.IsConstant)
        {
            AppendNumber(text, value.Range.SignedMin);
            return;
        }

        if (value.Type == RegisterType.Stack)
        {
            text.Append("fp");
            if (frame >= 0 && value.Extent != frame)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{value.Extent}]");
            }

            if (value.Range is { IsConst: true, ConstValue: 0 })
            {
                text.Append(CultureInfo.InvariantCulture, $"{value.Offset}");
                return;
            }
        }
        else
        {
            text.Append(value.TypeName);
        }

        if (value.Type == RegisterType.BtfObject)
        {
            text.Append(value.Types?[value.BtfId].Name);
        }

        text.Append('(');
        int start = text.Length;
        if (value.Id != 0)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"id={value.Id}{(value.IsLinkedPlusConstant ? $"+{value.Offset}" : "")}"));
        }

        if (value.ReferenceId != 0)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"ref_obj_id={value.ReferenceId}"));
        }

        if (value.Type != RegisterType.Scalar && value.Offset != 0)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"off={value.Offset}"));
        }

        if (value.IsPacket)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"r={value.Extent}"));
        }

        if (value.Type == RegisterType.Memory)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"sz={value.Extent}"));
        }

        if (value.Map is { } map && value.Type is RegisterType.Map or RegisterType.MapKey or RegisterType.MapValue)
        {
            if (map.Name.Length > 0)
            {
                Add(text, start, $"map={map.Name}");
            }

            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"ks={map.KeySize},vs={map.ValueSize}"));
        }

        if (value.Type != RegisterType.Map)
        {
            AppendRange(text, start, value.Range);
        }

        text.Append(')');
    }

    private static void AppendRange(StringBuilder text, int start, in ScalarRange range)
    {
        if (range.IsConst && range.ConstValue == 0)
        {
            return;
        }

        (string, long, bool)[] bounds =
        [
            ("smin", range.SignedMin, range.SignedMin != long.MinValue),
            ("smax", range.SignedMax, range.SignedMax != long.MaxValue),
            ("umin", (long)range.UnsignedMin, range.UnsignedMin != 0),
            ("umax", (long)range.UnsignedMax, range.UnsignedMax != ulong.MaxValue),
            ("smin32", range.Signed32Min, range.Signed32Min != range.SignedMin && range.Signed32Min != int.MinValue),
            ("smax32", range.Signed32Max, range.Signed32Max != range.SignedMax && range.Signed32Max != int.MaxValue),
            ("umin32", range.Unsigned32Min, range.Unsigned32Min != range.UnsignedMin && range.Unsigned32Min != 0),
            ("umax32", range.Unsigned32Max, range.Unsigned32Max != range.UnsignedMax && range.Unsigned32Max != uint.MaxValue),
        ];
        for (int i = 0; i < bounds.Length; i++)
        {
            (string name, long bound, bool shown) = bounds[i];
            if (!shown)
            {
                continue;
            }

            StringBuilder entry = new(name);
            for (int j = i + 1; j < bounds.Length; j++)
            {
                if (bounds[j].Item3 && bounds[j].Item2 == bound)
                {
                    entry.Append('=').Append(bounds[j].Item1);
                    bounds[j].Item3 = false;
                }
            }

            entry.Append('=');
            if (name.StartsWith('u'))
            {
                AppendUnsigned(entry, (ulong)bound);
            }
            else
            {
                AppendNumber(entry, bound);
            }

            Add(text, start, entry.ToString());
        }

        if (!range.Bits.IsUnknown)
        {
            Add(text, start, string.Create(CultureInfo.InvariantCulture, $"var_off=(0x{range.Bits.Value:x}; 0x{range.Bits.Mask:x})"));
        }
    }

    private static void Add(StringBuilder text, int start, string entry)
    {
        if (text.Length > start)
        {
            text.Append(',');
        }

        text.Append(entry);
    }

    private static void AppendNumber(StringBuilder text, long value)
    {
        bool small = value is > -65536 and < 65536;
        text.Append(small ? value.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
    }

    private static void AppendUnsigned(StringBuilder text, ulong value) =>
        text.Append(value <= 65535 ? value.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));

    private static void AppendReferences(StringBuilder text, VerifierState state)
    {
        if (state.References.Count == 0)
        {
            return;
        }

        text.Append(" refs=").AppendJoin(',', state.References.Select(held => held.Id.ToString(CultureInfo.InvariantCulture)));
    }
}
