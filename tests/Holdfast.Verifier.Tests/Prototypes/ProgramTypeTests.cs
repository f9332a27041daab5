using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Facts that hold without a kernel to ask.</summary>
public sealed class ProgramTypeTests
{
    [Fact]
    public void Every_type_but_ext_has_rules_and_bpftools_name()
    {
        foreach (ProgramType type in Enum.GetValues<ProgramType>().Where(type => type is not (ProgramType.Unspec or ProgramType.Ext)))
        {
            ProgramTypeDefinition definition = ProgramTypes.Find(type)!;
            Assert.Equal(type, definition.Type);
            Assert.Matches("^[a-z0-9_]+$", definition.Name);
            Assert.NotNull(definition.Context);
        }
    }

    [Fact]
    public void Every_helper_is_offered_somewhere_but_the_forbidden_ones()
    {
        HashSet<HelperId> offered = [];
        foreach ((ProgramTypeDefinition definition, AttachType attachType) in ProgramTypes.All.SelectMany(definition =>
            Enum.GetValues<AttachType>().Select(attachType => (definition, attachType))))
        {
            foreach (HelperId helper in Enum.GetValues<HelperId>())
            {
                if (definition.FindHelper(helper, Request(definition, attachType, unprivileged: false)) is { } prototype)
                {
                    Assert.Equal(helper, prototype.Id);
                    Assert.StartsWith("bpf_", prototype.Name, StringComparison.Ordinal);
                    Assert.True(prototype.Arguments.Length <= 5);
                    offered.Add(helper);
                }
            }
        }

        // What a kernel in lockdown hides, what needs a build option that this one lacks, what needs a flag or a kernel type.
        HelperId[] hidden =
        [
            HelperId.Unspec, HelperId.ProbeWriteUser, HelperId.OverrideReturn, HelperId.TcpSendAck, HelperId.ImaInodeHash, HelperId.ImaFileHash,
        ];
        Assert.Equal(hidden.Order(), Enum.GetValues<HelperId>().Except(offered).Order());
    }

    [Fact]
    public void Sizes_stand_before_no_memory_and_behind_all_of_it()
    {
        foreach (HelperPrototype prototype in Prototypes())
        {
            for (int i = 0; i < prototype.Arguments.Length; i++)
            {
                HelperArgument argument = prototype.Arguments[i];
                bool isSized = argument.Type == ArgumentType.PointerToMemory && !argument.Flags.HasFlag(ArgumentFlags.FixedSize);
                bool isSize(int index) => index < prototype.Arguments.Length && prototype.Arguments[index].Type is ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero;
                Assert.True(!isSized || isSize(i + 1), $"{prototype.Name}: argument {i + 1}");
                Assert.True(!isSize(i) || (i > 0 && prototype.Arguments[i - 1].Type == ArgumentType.PointerToMemory), $"{prototype.Name}: argument {i + 1}");
                Assert.True(!argument.Flags.HasFlag(ArgumentFlags.FixedSize) || argument.Size > 0, $"{prototype.Name}: argument {i + 1}");
            }
        }
    }

    [Fact]
    public void The_unprivileged_get_less()
    {
        ProgramTypeDefinition filter = ProgramTypes.Find(ProgramType.SocketFilter)!;
        VerificationRequest request = Request(filter, default, unprivileged: true);
        Assert.NotNull(filter.FindHelper(HelperId.MapLookupElem, request));
        Assert.NotNull(filter.FindHelper(HelperId.SkbLoadBytes, request));
        Assert.Null(filter.FindHelper(HelperId.TracePrintk, request));
        Assert.Null(filter.FindHelper(HelperId.Loop, request));
        Assert.Null(filter.FindHelper(HelperId.SkcToTcpSock, request));
        Assert.NotNull(filter.FindHelper(HelperId.KtimeGetCoarseNs, request));
    }

    [Fact]
    public void Packet_pointers_have_slots_behind_the_structure()
    {
        ProgramTypeDefinition xdp = ProgramTypes.Find(ProgramType.Xdp)!;
        VerificationRequest request = Request(xdp, default, unprivileged: false);
        ContextLayout context = xdp.Context!;
        Assert.Equal(48, context.AllocationSize);
        Assert.True(context.TryAccess(4, 4, write: false, request, out ContextAccess end));
        Assert.Equal((ContextFieldKind.PacketEnd, 32), (end.Kind, end.PointerSlotOffset));
        Assert.False(context.TryAccess(4, 2, write: false, request, out _));
        Assert.False(context.TryAccess(4, 4, write: true, request, out _));
        Assert.False(context.TryAccess(-4, 4, write: false, request, out _));
        Assert.False(context.TryAccess(24, 4, write: false, request, out _));
    }

    [Fact]
    public void Narrow_kernel_fields_keep_narrow_stores()
    {
        ProgramTypeDefinition classifier = ProgramTypes.Find(ProgramType.SchedCls)!;
        Assert.True(classifier.Context!.TryAccess(44, 4, write: true, Request(classifier, default, unprivileged: false), out ContextAccess access));
        Assert.Equal(2, access.StoreSize);
    }

    private static IEnumerable<HelperPrototype> Prototypes() => ProgramTypes.All.SelectMany(definition =>
        Enum.GetValues<HelperId>().Select(helper => definition.FindHelper(helper, Request(definition, default, unprivileged: false))).OfType<HelperPrototype>());

    private static VerificationRequest Request(ProgramTypeDefinition definition, AttachType attachType, bool unprivileged) => new()
    {
        Type = definition,
        AttachType = attachType,
        Instructions = [],
        Policy = new VerifierPolicy { Unprivileged = unprivileged },
    };
}
