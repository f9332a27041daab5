using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Attributes of all zeros and of single bytes, of each length: what each command makes of fields and bytes past them.</summary>
public sealed class AttributeAnswerTests
{
    /// <summary>What both engines have: links and hooks are the kernel's (<c>docs/parity.md</c>).</summary>
    private static readonly BpfCommand[] Commands =
    [
        BpfCommand.MapCreate, BpfCommand.MapLookupElem, BpfCommand.MapUpdateElem, BpfCommand.MapDeleteElem, BpfCommand.MapGetNextKey,
        BpfCommand.ProgLoad, BpfCommand.ObjPin, BpfCommand.ObjGet, BpfCommand.ProgTestRun, BpfCommand.ProgGetFdById, BpfCommand.MapGetFdById,
        BpfCommand.ObjGetInfoByFd, BpfCommand.BtfLoad, BpfCommand.BtfGetFdById, BpfCommand.MapLookupAndDeleteElem, BpfCommand.MapFreeze,
        BpfCommand.MapLookupBatch, BpfCommand.MapLookupAndDeleteBatch, BpfCommand.MapUpdateBatch, BpfCommand.MapDeleteBatch,
        BpfCommand.LinkGetFdById,
    ];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ZerosOfEachLength(string name) => AnswerSheet.Check(name, "attribute-lengths", sheet =>
    {
        foreach (BpfCommand command in Commands)
        {
            foreach (int length in new[] { 0, 1, 4, 8, 12, 16, 24, 32, 64, 100, 160, 168, 172, 4095, 4096, 4097 })
                sheet.Add($"{command} {length}", sheet.Bpf.InvokeAndClose(command, new byte[length]));
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AByteAtEachPlacePastTheFields(string name) => AnswerSheet.Check(name, "attribute-bytes", sheet =>
    {
        foreach (BpfCommand command in Commands)
        {
            int end = AttributeReader.FieldsEnd(command)!.Value;
            foreach (int place in Enumerable.Range(end, 9).Concat([112, 120, 143, 167, 168, 169, 199]).Distinct().Where(place => place >= end))
            {
                byte[] bytes = new byte[200];
                bytes[place] = 1;
                sheet.Add($"{command} byte {place}", sheet.Bpf.InvokeAndClose(command, bytes));
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void NumbersThatAreNoCommand(string name) => AnswerSheet.Check(name, "commands-unknown", sheet =>
    {
        foreach (int command in new[] { -1, 39, 40, 64, 100, int.MinValue })
        {
            sheet.Add($"command {command}", sheet.Bpf.InvokeAndClose((BpfCommand)command, new byte[64]));
            sheet.Add($"command {command}, long", sheet.Bpf.InvokeAndClose((BpfCommand)command, [.. new byte[300], 1]));
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void LengthsOfInfo(string name) => AnswerSheet.Check(name, "info-lengths", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int map = bpf.MapCreate(MapType.Array, 4, 4, 1), program = Programs.Accept(bpf, Programs.ReturnOne);
        foreach ((string what, int descriptor) in new[] { ("map", map), ("program", program), ("none", 54321), ("-1", -1) })
        {
            foreach (uint length in new uint[] { 0, 1, 4, 8, 40, 80, 88, 96, 104, 120, 228, 232, 236, 240, 300, 4096, 4097, uint.MaxValue })
            {
                foreach (bool dirty in new[] { false, true })
                {
                    byte[] buffer = GC.AllocateArray<byte>(8192, pinned: true);
                    if (dirty)
                        buffer[Math.Min(length, 4096) is > 0 and uint end ? end - 1 : 0] = 1;
                    InfoByFdAttribute attribute = new() { BpfFd = (uint)descriptor, InfoLen = length, Info = (ulong)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0) };
                    int result = bpf.Invoke(BpfCommand.ObjGetInfoByFd, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<InfoByFdAttribute>(ref attribute)));
                    sheet.Add($"{what} {length}{(dirty ? " dirty" : "")}", $"{Answer(result)}, {attribute.InfoLen}");
                }
            }

            sheet.Add($"{what} null", bpf.Invoke(BpfCommand.ObjGetInfoByFd, new InfoByFdAttribute { BpfFd = (uint)descriptor, InfoLen = 16 }, SizeOf<InfoByFdAttribute>()));
        }

        bpf.Close(map);
        bpf.Close(program);
    });
}
