using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Kernel.Tests.Support;
using Holdfast.Objects;

namespace Holdfast.Kernel.Tests.Attachment;

/// <summary>
/// A table of operations as a link: a congestion control that nothing but the test's own socket chooses, gone with the link.
/// </summary>
public sealed class StructOpsTests
{
    private const string Table = "tcp_congestion_ops";
    private const string Name = "holdfast_test";
    private const int CongestionOption = 13; // TCP_CONGESTION

    private static readonly string[] Operations = ["ssthresh", "cong_avoid", "undo_cwnd"];

    [Fact]
    public void OperationsAreInUseAsLongAsTheirLinkIs()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        BtfGraph types = BtfGraph.Read(File.ReadAllBytes("/sys/kernel/btf/vmlinux"), null);
        List<int> programs = [];
        try
        {
            using BpfMap map = MakeTable(bpf, types, programs), other = MakeTable(bpf, types, programs);
            using (BpfLink link = map.AttachStructOps())
            {
                LinkDetails details = link.ReadDetails();
                Assert.Equal((LinkType.StructOps, map.Id), (details.Type, details.MapId));
                using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.SetRawSocketOption((int)ProtocolType.Tcp, CongestionOption, Encoding.ASCII.GetBytes(Name));

                // Another table of that name can't be used beside it, but can take its place.
                Assert.Equal(Errno.EEXIST, Assert.Throws<BpfException>(other.AttachStructOps).Errno);
                Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => link.Update(other, expected: other)).Errno);
                link.Update(other, expected: map);
                Assert.Equal(other.Id, link.ReadDetails().MapId);
            }

            Assert.DoesNotContain(Name, File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control"), StringComparison.Ordinal);
        }
        finally
        {
            programs.ForEach(program => bpf.Engine.Close(program));
        }
    }

    [Fact]
    public void ATableOfAnObjectIsPutIntoTheKernelsLayout()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        BpfObjectSpec spec = BpfObjectSpec.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "struct_ops.bpf.o"));
        MapSpec table = spec.FindMap("own_control")!;
        Assert.Equal((MapType.StructOps, MapFlags.Link, 48u), (table.Type, table.Flags, table.ValueSize));
        Assert.Equal([(16u, "own_ssthresh"), (24u, "own_undo_cwnd"), (32u, "own_cong_avoid")], table.Slots.Select(slot => (slot.Index, slot.Target)).Order());
        BpfObject? loaded = null;
        try
        {
            loaded = bpf.Load(spec);
        }
        catch (BpfException refused) when (refused.Errno == Errno.EPERM)
        {
            Assert.Skip(refused.Message);
        }

        using (loaded)
        using (loaded!.Map("own_control").AttachStructOps())
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetRawSocketOption((int)ProtocolType.Tcp, CongestionOption, "holdfast_elf"u8);
        }

        Assert.DoesNotContain("holdfast_elf", File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control"), StringComparison.Ordinal);

        // What the kernel's struct has no place for is refused.
        foreach ((Func<MapSpec, MapSpec> change, string cause) in new (Func<MapSpec, MapSpec>, string)[]
        {
            (map => map with { InitialData = map.InitialData.SetItem(40, 1) }, "has no member 'missing_in_the_kernel'"),
            (map => map with { Slots = [] }, "no struct_ops table of the object refers to it"),
            (map => map with { Slots = [new(17, "own_ssthresh"), .. map.Slots.Skip(1)] }, "lies at 17, where struct tcp_congestion_ops___own has no member"),
        })
        {
            BpfException refused = Assert.Throws<BpfException>(() => bpf.Load(spec.WithMap("own_control", change)));
            Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        }
    }

    private static BpfMap MakeTable(Bpf bpf, BtfGraph types, List<int> programs)
    {
        BtfStruct operations = types.FindByName<BtfStruct>(Table)!, value = types.FindByName<BtfStruct>("bpf_struct_ops_" + Table)!;
        byte[] bytes = new byte[value.Size];
        int data = (int)value.Members[1].BitOffset / 8;
        foreach (string operation in Operations)
        {
            int index = operations.Members.ToList().FindIndex(member => member.Name == operation);
            int program = Load(bpf, operations.Id, index, operation);
            programs.Add(program);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(data + ((int)operations.Members[index].BitOffset / 8)), program);
        }

        Encoding.ASCII.GetBytes(Name, bytes.AsSpan(data + ((int)operations.Members.Single(member => member.Name == "name").BitOffset / 8)));

        // The kernel wants types of the object's own beside its own, though it doesn't look at them.
        BtfBuilder own = new();
        own.Int("int", 4);
        int descriptor = bpf.Engine.BtfLoad(own.ToArray());
        BpfMap map = bpf.CreateMap(new MapCreateAttribute
        {
            BtfFd = (uint)descriptor,
            MapType = MapType.StructOps,
            KeySize = 4,
            ValueSize = value.Size,
            MaxEntries = 1,
            MapFlags = MapFlags.Link,
            BtfVmlinuxValueTypeId = value.Id,
            MapName = ObjectName.From(Name),
        });
        bpf.Engine.Close(descriptor);
        map.Update(new byte[4], bytes);
        return map;
    }

    /// <summary>A program that returns 2, for one operation; skipped where the host refuses such programs.</summary>
    private static int Load(Bpf bpf, uint table, int operation, string name)
    {
        ProgLoadRequest request = new()
        {
            Type = ProgramType.StructOps,
            ExpectedAttachType = (AttachType)operation,
            AttachBtfId = table,
            Name = name,
            Instructions = [Insn.Mov64Imm(0, 2), Insn.Exit()],
        };
        int result = bpf.Engine.ProgLoad(request, out _);
        if (result == -(int)Errno.EPERM)
            Assert.Skip($"struct_ops programs are refused before verification: {bpf.Engine.LastFailure}");
        Assert.True(result > 0, $"{(Errno)(-result)}");
        return result;
    }
}
