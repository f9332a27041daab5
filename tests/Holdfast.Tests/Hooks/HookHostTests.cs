using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Hooks;

/// <summary>A hook that another process hosts.</summary>
public sealed class HookHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The program that is there is what the loader expects, or nothing changes; the host sees the one or the other.</summary>
    [Fact]
    public async Task APinnedLinkIsUpdatedWhileAnotherProcessRunsIt()
    {
        using HookScene scene = new();
        scene.Hook.Pin("h");
        BpfProgram five = scene.Program("r0 = 5\nexit"), six = scene.Program("r0 = 6\nexit");
        using Process host = HookChild.StartHost(scene.Bpf.Store!.Path, "h");
        try
        {
            await Sees(host, "-1");
            using (BpfLink link = five.AttachHook(scene.Hook))
                link.Pin("l");
            await Sees(host, "5");
            using (BpfLink found = scene.Bpf.OpenPinnedLink("l"))
            {
                Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => found.Update(six, six)).Errno);
                found.Update(six, five);
                Assert.Equal(six.Id, found.ReadDetails().ProgramId);
                await Sees(host, "6");
                found.Detach();
            }

            await Sees(host, "-1");
        }
        finally
        {
            host.Kill();
            await host.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Nobody's code says that the link is gone, and nobody but the host is there to look; the program goes with the link, and its map.</summary>
    [Fact]
    public async Task ALinkThatIsRemovedOrKilledLeavesARunningHost()
    {
        using HookScene scene = new();
        scene.Hook.Pin("h");
        scene.Program("r0 = 5\nexit").Pin("p");
        int chain = ChainOf(scene, out uint program, out uint map);
        Assert.Equal(0, scene.Bpf.Engine.Pin(chain, scene.Pin("l")));
        Assert.Equal(0, scene.Bpf.Engine.Close(chain));
        using Process host = HookChild.StartHost(scene.Bpf.Store!.Path, "h");
        try
        {
            await Sees(host, "8");
            File.Delete(scene.Pin("l"));
            long start = Stopwatch.GetTimestamp();
            await Sees(host, "-1");
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"seen after {Stopwatch.GetElapsedTime(start)}");
            Eventually.Gone(scene.Bpf.Engine, ObjectKind.Program, program);
            Eventually.Gone(scene.Bpf.Engine, ObjectKind.Map, map);

            using Process holder = HookChild.StartHolder(scene.Bpf.Store!.Path, "h", "p");
            Assert.Equal("attached", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await Sees(host, "5");
            holder.Kill();
            await Sees(host, "-1");
            Assert.Empty(scene.Hook.ReadPrograms().Programs);
            Assert.Empty(scene.Bpf.LinkIds());
        }
        finally
        {
            host.Kill();
            await host.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Without a host it is the next sweep's, or <c>gc</c>'s.</summary>
    [Fact]
    public async Task ALinkThatWasKilledIsSweptWithoutAHost()
    {
        using HookScene scene = new();
        scene.Hook.Pin("h");
        scene.Program("r0 = 5\nexit").Pin("p");
        using Process holder = HookChild.StartHolder(scene.Bpf.Store!.Path, "h", "p");
        Assert.Equal("attached", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Single(scene.Hook.ReadPrograms().Programs);
        holder.Kill();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(Eventually.IsTrue(() => scene.Bpf.Store!.Collect().Freed == 1));
        Assert.Empty(scene.Hook.ReadPrograms().Programs);
    }

    /// <summary>A link whose program only it holds, with a map that only the program holds.</summary>
    private static int ChainOf(HookScene scene, out uint program, out uint map)
    {
        IBpfEngine bpf = scene.Bpf.Engine;
        int counts = bpf.MapCreate(MapType.Array, 4, 8, 1);
        int counting = Programs.Accept(bpf, $"r1 = map[fd:{counts}]\nr0 = 8\nexit", ProgramType.SchedCls);
        ProgInfo info = default;
        Assert.Equal(0, bpf.Info(counting, ref info));
        (program, map) = (info.Id, bpf.MapId(counts));
        int link = bpf.LinkCreate(counting, scene.Hook.Handle.Descriptor, AttachType.TcxIngress);
        Assert.True(link > 0, bpf.LastFailure);
        Assert.Equal(0, bpf.Close(counting));
        Assert.Equal(0, bpf.Close(counts));
        return link;
    }

    private static async Task Sees(Process host, string verdict)
    {
        string? line = await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(verdict, line);
    }
}
