using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Holdfast.Btf.Writing;

/// <summary>Writes records of types, little-endian.</summary>
internal sealed class BtfTypeWriter(BtfStringTable strings)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public void Write(BtfType type)
    {
        switch (type)
        {
            case BtfInt t:
                Head(t, 0, false, t.Size);
                Word(((uint)t.Encoding << 24) | ((uint)t.BitOffset << 16) | t.BitCount);
                break;
            case BtfPointer t:
                Head(t, 0, false, t.TypeId);
                break;
            case BtfArray t:
                Head(t, 0, false, 0);
                Words(t.ElementTypeId, t.IndexTypeId, t.ElementCount);
                break;
            case BtfComposite t:
                WriteComposite(t);
                break;
            case BtfEnumeration t:
                WriteEnumeration(t);
                break;
            case BtfForward t:
                Head(t, 0, t.IsUnion, 0);
                break;
            case BtfTypeTag t:
                Head(t, 0, t.IsAttribute, t.TypeId);
                break;
            case BtfModifier t:
                Head(t, 0, false, t.TypeId);
                break;
            case BtfFunction t:
                Head(t, (int)t.Linkage, false, t.TypeId);
                break;
            case BtfFunctionPrototype t:
                WritePrototype(t);
                break;
            case BtfVariable t:
                Head(t, 0, false, t.TypeId);
                Word((uint)t.Linkage);
                break;
            case BtfDataSection t:
                WriteSection(t);
                break;
            case BtfFloat t:
                Head(t, 0, false, t.Size);
                break;
            case BtfDeclTag t:
                Head(t, 0, t.IsAttribute, t.TypeId);
                Word((uint)t.ComponentIndex);
                break;
            default:
                throw new UnreachableException($"{type.Kind} is not written");
        }
    }

    private void WriteComposite(BtfComposite type)
    {
        Head(type, type.Members.Length, type.EncodesBitfields, type.Size);
        foreach (BtfMember member in type.Members)
        {
            Words(strings.Add(member.Name), member.TypeId, member.BitOffset | ((uint)member.BitfieldSize << 24));
        }
    }

    private void WriteEnumeration(BtfEnumeration type)
    {
        Head(type, type.Values.Length, type.IsSigned, type.Size);
        foreach (BtfEnumValue value in type.Values)
        {
            Words(strings.Add(value.Name), (uint)value.Value);
            if (type is BtfEnum64)
            {
                Word((uint)(value.Value >> 32));
            }
        }
    }

    private void WritePrototype(BtfFunctionPrototype type)
    {
        Head(type, type.Parameters.Length, false, type.ReturnTypeId);
        foreach (BtfParameter parameter in type.Parameters)
        {
            Words(strings.Add(parameter.Name), parameter.TypeId);
        }
    }

    private void WriteSection(BtfDataSection type)
    {
        Head(type, type.Variables.Length, false, type.Size);
        foreach (BtfSectionVariable variable in type.Variables)
        {
            Words(variable.TypeId, variable.Offset, variable.Size);
        }
    }

    private void Head(BtfType type, int length, bool flag, uint sizeOrType) =>
        Words(strings.Add(type.Name), (flag ? 1u << 31 : 0) | ((uint)type.Kind << 24) | (uint)length, sizeOrType);

    private void Words(params ReadOnlySpan<uint> words)
    {
        foreach (uint word in words)
        {
            Word(word);
        }
    }

    private void Word(uint word)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), word);
        _bytes.Advance(4);
    }
}
