using System.Buffers.Binary;
using Holdfast.Btf;

namespace Holdfast.Tests.Engines;

/// <summary>The fixture <c>records</c>, loaded into an engine.</summary>
internal sealed class RecordScene : IDisposable
{
    private const int EthernetHeader = 14;

    private readonly EngineUnderTest _engine;

    public RecordScene(string name)
    {
        _engine = EngineUnderTest.Open(name);
        Object = _engine.Bpf.Load(Objects.Samples.Own("records"));
    }

    public BpfObject Object { get; }

    /// <summary>Runs a program on a packet of this length.</summary>
    public int Run(string program, int length) => (int)Object.Programs[program].TestRun(Packet(length));

    /// <summary>Bytes that tell their place.</summary>
    public byte[] Packet(int length) => [.. Enumerable.Range(0, length).Select(at => (byte)(at + 1))];

    public int[] Queries() => [.. Enumerable.Range(0, 5).Select(what => Run("query", EthernetHeader + what))];

    public (ulong Samples, ulong Sum) Sums() => (Get("samples"), Get("sum"));

    public void Set(string variable, ulong value) => Change(variable, value);

    public void Dispose()
    {
        Object.Dispose();
        _engine.Dispose();
    }

    private ulong Get(string variable) => Change(variable, null);

    private ulong Change(string variable, ulong? value)
    {
        BpfMap map = Object.Maps[".bss"];
        BtfGraph types = map.ReadBtf()!;
        BtfDataSection section = (BtfDataSection)types.Resolve(map.Info.BtfValueTypeId);
        BtfSectionVariable place = section.Variables.Single(entry => types.Resolve(entry.TypeId) is BtfVariable named && named.Name == variable);
        byte[] bytes = new byte[map.ValueSize];
        Assert.True(map.TryLookup(new byte[4], bytes));
        Span<byte> here = bytes.AsSpan((int)place.Offset, (int)place.Size);
        if (value is { } wanted)
        {
            BitConverter.GetBytes(wanted).AsSpan(0, here.Length).CopyTo(here);
            map.Update(new byte[4], bytes);
        }

        return here.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(here) : BinaryPrimitives.ReadUInt32LittleEndian(here);
    }
}
