using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Tests.TestRuns;

/// <summary><c>ld_abs</c> at every kind of offset, against the running kernel.</summary>
public sealed class LegacyLoadTests
{
    private static readonly int[] Offsets =
    [
        0, 1, 2, 9, 13, 14, 40, 49, 50, 60, 63, 64, 1000, int.MaxValue, -1, -2, -4096, -0x1000,
        -0x100000, -0x100000 + 1, -0x100000 + 12, -0x100000 + 60, -0x100000 - 1,
        -0x200000, -0x200000 + 12, -0x200000 + 13, -0x200000 + 14, -0x200000 + 70, -0x200000 - 1, int.MinValue,
    ];

    [Theory]
    [InlineData(ProgramType.SocketFilter)]
    [InlineData(ProgramType.SchedCls)]
    public void The_kernel_loads_the_same_bytes(ProgramType type)
    {
        KernelRuns.SkipUnlessAvailable();
        List<string> differences = [];
        foreach (int offset in Offsets)
        {
            foreach ((MemorySize code, int size) in ((MemorySize, int)[])[(MemorySize.Byte, 1), (MemorySize.Half, 2), (MemorySize.Word, 4)])
            {
                int program = KernelRuns.Load([Insn.Mov64Reg(6, 1), Insn.LoadAbs(code, offset), Insn.Exit()], type, default, out string log);
                Assert.True(program >= 0, log);
                foreach (byte[] packet in Packets.All)
                {
                    uint theirs = KernelRuns.Run(program, packet, [], wantsContext: false).ReturnValue;
                    using SkBuffContext context = new(type);
                    context.Load(packet);
                    uint ours = context.TryLoadPacket(offset, size, out uint value) ? value : 0;
                    if (theirs != ours)
                    {
                        differences.Add($"{size} at {offset} of {packet.Length} bytes: the kernel's {theirs:x}, ours {ours:x}");
                    }
                }

                _ = KernelRuns.Close(program);
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences.Take(20))}");
    }
}
