using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>An object that takes over from one with other layouts of the same maps, on both engines.</summary>
public sealed class MigrationTests
{
    // Offsets of layout_before.bpf.c and layout_after.bpf.c, as clang lays them out.
    private const int Before = 40, After = 72;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EntriesAreCopiedFieldByField(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string directory = engine.Pin("set");
        uint totals = PinOld(engine.Bpf, directory, Session(packets: 7, balance: -3, state: 1));
        using (BpfUpgrade upgrade = engine.Bpf.LoadUpgrade(Samples.Own("layout_after"), directory))
        {
            Assert.Equal(["totals"], upgrade.ReusedMaps);
            BpfMigrationReport report = Assert.Single(upgrade.Migrations).Value;
            Assert.Equal(1, report.Copied);
            Assert.Equal(["value.inner.old_name", "value.pairs[].old_name", "value.removed", "value.tail[2..3]"], report.Dropped.Order(StringComparer.Ordinal));
            Assert.Equal(
                ["value.added", "value.inner.low_again", "value.inner.new_name", "value.pairs[2..2]", "value.pairs[].low_again", "value.pairs[].new_name"],
                report.Defaulted.Order(StringComparer.Ordinal));
            Assert.Equal(4, report.Converted.Count);
            upgrade.Object.ReplaceAll(directory);
        }

        using (BpfMap sessions = engine.Bpf.OpenPinnedMap(directory + "/maps/sessions"))
        {
            byte[] value = new byte[sessions.ValueSize];
            Assert.Equal(After, value.Length);
            Assert.True(sessions.TryLookup([5, 0, 0, 0], value));
            Assert.Equal(0ul, Number(value, 0));
            Assert.Equal([0x0301, 0x0403, 0], new[] { 8, 16, 24 }.Select(offset => (int)BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(offset))));
            Assert.Equal(2u, BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(32)));
            Assert.Equal(-3L, (long)Number(value, 40));
            Assert.Equal(7ul, Number(value, 48));
            Assert.Equal(0x1111, BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(56)));
            Assert.Equal([0xa, 0xb], value[64..66]);
            Assert.Equal(21 | (5 << 8), BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(66)) & 0x7ff);
        }

        using (BpfMap kept = engine.Bpf.OpenPinnedMap(directory + "/maps/totals"))
            Assert.Equal(totals, kept.Id);
        using (BpfProgram program = engine.Bpf.OpenPinnedProgram(directory + "/count"))
            Assert.Equal(2u, program.TestRun(new byte[64]));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>-1 has no place in an unsigned field, as nothing else in this pair of layouts; so the way back is tried, with a number too large.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void ANumberThatDoesNotFitStopsItAndNothingIsLost(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string directory = engine.Pin("set");
        using (BpfObject after = engine.Bpf.Load(Samples.Own("layout_after")))
        {
            byte[] value = new byte[After];
            BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(48), 1ul << 32);
            after.Map("sessions").Update([5, 0, 0, 0], value);
            after.PinAll(directory);
        }

        BpfException refused = Assert.Throws<BpfException>(() => engine.Bpf.LoadUpgrade(Samples.Own("layout_before"), directory));
        Assert.Contains("value.packets of the entry with key 05000000", refused.Message, StringComparison.Ordinal);
        using (BpfMap sessions = engine.Bpf.OpenPinnedMap(directory + "/maps/sessions"))
        {
            byte[] value = new byte[After];
            Assert.True(sessions.TryLookup([5, 0, 0, 0], value));
            Assert.Equal(1ul << 32, Number(value, 48));
        }

        Directory.Delete(directory, recursive: true);
    }

    private static uint PinOld(Bpf bpf, string directory, byte[] session)
    {
        using BpfObject before = bpf.Load(Samples.Own("layout_before"));
        Assert.Equal(Before, before.Map("sessions").ValueSize);
        before.Map("sessions").Update([5, 0, 0, 0], session);
        before.PinAll(directory);
        return before.Map("totals").Id;
    }

    private static byte[] Session(uint packets, short balance, uint state)
    {
        byte[] value = new byte[Before];
        BinaryPrimitives.WriteUInt32LittleEndian(value, packets);
        BinaryPrimitives.WriteInt16LittleEndian(value.AsSpan(4), balance);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(8), state);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(12), 0x22221111);
        new byte[] { 0xa, 0xb, 0xc, 0xd }.CopyTo(value, 16);
        value[20] = 5 | (21 << 3);
        BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(22), 0x0301);
        BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(26), 0x0403);
        BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(32), 99);
        return value;
    }

    private static ulong Number(byte[] value, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(offset));
}
